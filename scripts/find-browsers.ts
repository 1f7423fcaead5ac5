// Which browsers the tests run in. Says what it does; installs only what is missing.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { chromium } from '@playwright/test'
import { run, runTool, stopTogether } from './run.ts'

const DOWNLOAD_LIMIT_MS = 180_000
const APT_LIMIT_MS = 300_000
const VERSION_LIMIT_MS = 20_000

interface Browser {
  readonly name: 'Chromium' | 'Firefox'
  readonly variable: 'CHROMIUM_PATH' | 'FIREFOX_PATH'
  readonly debianPackage: string
  readonly usualPlaces: readonly string[]
}

const windowsFolders = [
  process.env['PROGRAMFILES'],
  process.env['PROGRAMFILES(X86)'],
  process.env['LOCALAPPDATA'],
].filter((folder) => folder !== undefined)

const CHROMIUM: Browser = {
  name: 'Chromium',
  variable: 'CHROMIUM_PATH',
  debianPackage: 'chromium',
  usualPlaces: [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome-stable',
    '/usr/bin/google-chrome',
    '/opt/google/chrome/chrome',
    '/snap/bin/chromium',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ...windowsFolders.flatMap((folder) => [
      join(folder, 'Chromium/Application/chrome.exe'),
      join(folder, 'Google/Chrome/Application/chrome.exe'),
    ]),
  ],
}

const FIREFOX: Browser = {
  name: 'Firefox',
  variable: 'FIREFOX_PATH',
  debianPackage: 'firefox-esr',
  usualPlaces: [
    '/usr/bin/firefox-esr',
    '/usr/bin/firefox',
    '/usr/lib/firefox/firefox',
    '/snap/bin/firefox',
    '/Applications/Firefox.app/Contents/MacOS/firefox',
    ...windowsFolders.map((folder) => join(folder, 'Mozilla Firefox/firefox.exe')),
  ],
}

export interface Browsers {
  readonly CHROMIUM_PATH: string
  /** Without it, the one test that needs it says so and is skipped. */
  readonly FIREFOX_PATH?: string
}

/** Undefined, having said why, if there is no Chromium to be had. */
export async function findBrowsers(): Promise<Browsers | undefined> {
  const chromiumPath = await find(CHROMIUM)
  if (chromiumPath === undefined) {
    console.error(whyNone(CHROMIUM))
    return undefined
  }
  const firefoxPath = await find(FIREFOX)
  if (firefoxPath === undefined) {
    console.log(`${whyNone(FIREFOX)} The test between Firefox and Chromium is skipped.`)
    return { CHROMIUM_PATH: chromiumPath }
  }
  return { CHROMIUM_PATH: chromiumPath, FIREFOX_PATH: firefoxPath }
}

function whyNone({ name, variable }: Browser): string {
  const named = process.env[variable] ?? ''
  return named === ''
    ? `No ${name} here, and none to be had: install one, or set ${variable} to its executable.`
    : `${variable} is ${named}, which does not run: set it to the executable of ${name}, or unset it.`
}

async function find(browser: Browser): Promise<string | undefined> {
  const named = process.env[browser.variable]
  if (named !== undefined && named !== '') {
    // Who names one wants that one, not another that happens to be there.
    return firstThatRuns(browser, [named])
  }
  return (
    (await firstThatRuns(browser, browser.usualPlaces)) ??
    (browser === CHROMIUM ? await fromPlaywright() : undefined) ??
    (await fromDebian(browser))
  )
}

async function firstThatRuns(
  { name }: Browser,
  paths: readonly string[],
): Promise<string | undefined> {
  for (const path of paths) {
    if (!existsSync(path)) continue
    const version = await versionOf(path)
    if (version === undefined) continue
    console.log(`${name}: ${path} (${version})`)
    return path
  }
  return undefined
}

async function versionOf(path: string): Promise<string | undefined> {
  // On Windows a browser opens a window instead of answering.
  if (process.platform === 'win32') return 'version unknown'
  const { code, output } = await run(path, ['--version'], { limit: VERSION_LIMIT_MS })
  if (code !== 0) return undefined
  return output.trim().split('\n').at(-1)?.trim()
}

async function fromPlaywright(): Promise<string | undefined> {
  const path = chromium.executablePath()
  if (!existsSync(path)) {
    console.log("Chromium: none in the usual places; trying Playwright's own download …")
    const { code } = await runTool('playwright', ['install', 'chromium'], {
      limit: DOWNLOAD_LIMIT_MS,
    })
    if (code !== 0) {
      console.log('Chromium: the download failed.')
      return undefined
    }
  }
  return firstThatRuns(CHROMIUM, [path])
}

async function fromDebian(browser: Browser): Promise<string | undefined> {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return undefined
  const { name, debianPackage } = browser
  console.log(`${name}: none yet; trying apt-get install ${debianPackage} …`)
  const options = { limit: APT_LIMIT_MS, env: { DEBIAN_FRONTEND: 'noninteractive' } }
  await run('apt-get', ['update'], options)
  const install = ['install', '-y', '--no-install-recommends', debianPackage]
  const { code, output } = await run('apt-get', install, options)
  if (code !== 0) {
    console.log(`${name}: apt-get failed: ${output.trim().split('\n').at(-1) ?? ''}`)
    return undefined
  }
  return firstThatRuns(browser, browser.usualPlaces)
}

if (import.meta.main) {
  stopTogether()
  if ((await findBrowsers()) === undefined) process.exitCode = 1
}
