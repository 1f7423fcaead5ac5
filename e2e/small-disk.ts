import { execFileSync } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { type BrowserContext, chromium, expect } from '@playwright/test'

/** A file system of its own, so small that the browser's profile can fill it. */
export async function mountSmallDisk(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'p2p-chat-small-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=60m', 'tmpfs', folder])
  return folder
}

/** A browser whose profile lies there. */
export function openOn(folder: string): Promise<BrowserContext> {
  const executablePath = process.env['CHROMIUM_PATH']
  return chromium.launchPersistentContext(folder, {
    ...(executablePath === undefined ? {} : { executablePath }),
    chromiumSandbox: false,
    args: ['--disable-gpu', '--disk-cache-size=1000000'],
  })
}

/** Until nothing more goes in. */
export function fillUp(path: string): void {
  const file = openSync(path, 'w')
  const block = new Uint8Array(4_096)
  try {
    for (;;) writeSync(file, block)
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC')
  } finally {
    closeSync(file)
  }
}

export async function unmount(folder: string): Promise<void> {
  // Lazily: a browser that ends may still write.
  execFileSync('umount', ['-l', folder])
  await rm(folder, { recursive: true, force: true })
}
