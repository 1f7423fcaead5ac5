// Draws the app's icons from web/public/icon.svg, which is the page's own sigil: run it when that changes.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { type Page, chromium } from '@playwright/test'
import { findBrowsers } from './find-browsers.ts'
import { ROOT } from './run.ts'

const PUBLIC = join(ROOT, 'web/public')

interface Icon {
  readonly file: string
  /** Pixels. */
  readonly size: number
  /** `plain`: rounded corners; `full`: to the edges, whoever shows it cuts them; `badge`: one colour, no ground. */
  readonly form: 'plain' | 'full' | 'badge'
  /** Of what is drawn: a maskable icon shows no more for certain than a disc of four fifths. */
  readonly scale: number
}

const ICONS: readonly Icon[] = [
  { file: 'icon-192.png', size: 192, form: 'plain', scale: 1 },
  { file: 'icon-512.png', size: 512, form: 'plain', scale: 1 },
  { file: 'icon-maskable-512.png', size: 512, form: 'full', scale: 0.86 },
  { file: 'apple-touch-icon.png', size: 180, form: 'full', scale: 0.94 },
  { file: 'badge-96.png', size: 96, form: 'badge', scale: 1.25 },
]

const svg = readFileSync(join(PUBLIC, 'icon.svg'), 'utf8')
const [, ground = '', marks = ''] = /^<svg[^>]*>(<rect[^>]*>)(.*)<\/svg>\s*$/s.exec(svg) ?? []
if (marks === '') throw new Error('icon.svg is not a ground and what stands on it')

function drawing({ form, scale, size }: Icon): string {
  const shown = form === 'plain' ? ground : form === 'full' ? ground.replace(/ rx="\d+"/, '') : ''
  const drawn = form === 'badge' ? marks.replaceAll('#e9f6f0', '#ffffff') : marks
  const about = `translate(32 32) scale(${scale}) translate(-32 -32)`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="${size}" height="${size}">${shown}<g transform="${about}">${drawn}</g></svg>`
}

async function draw(page: Page, icon: Icon): Promise<void> {
  const { size, file } = icon
  await page.setViewportSize({ width: size, height: size })
  await page.setContent(`<style>body{margin:0}svg{display:block}</style>${drawing(icon)}`)
  const png = await page.screenshot({ omitBackground: true })
  writeFileSync(join(PUBLIC, file), png)
  console.log(`${file} ${png.length} bytes`)
}

const browsers = await findBrowsers()
if (browsers === undefined) process.exitCode = 1
else {
  const executablePath = browsers.CHROMIUM_PATH
  const browser = await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    chromiumSandbox: process.getuid?.() !== 0,
  })
  const page = await browser.newPage()
  for (const icon of ICONS) await draw(page, icon)
  await browser.close()
}
