import { createHash } from 'node:crypto'
import { readFile, readdir, stat } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

export type Encoding = 'br' | 'gzip'

/** One file of the built page, in memory. */
export interface PageFile {
  readonly type: string
  readonly body: Buffer
  /** Weak, since the compressed forms share it. */
  readonly etag: string
  /** Its name changes with its content. */
  readonly hashed: boolean
  /** Worth compressing: text of more than a packet. */
  readonly text: boolean
}

const brotli = promisify(brotliCompress)
const deflate = promisify(gzip)

/** 5 takes a twentieth of the time of 11 for a tenth more bytes: the first visitor waits for it. */
const BROTLI_QUALITY = 5
/** Less fits in one packet anyway. */
const COMPRESS_MIN_BYTES = 1_024

/** Where a visitor begins; one who has been here before asks for the service worker alone. */
const STARTS: ReadonlySet<string> = new Set(['/index.html', '/sw.js'])

const TYPES = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.mjs', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.json', 'application/json; charset=utf-8'],
  ['.map', 'application/json; charset=utf-8'],
  ['.webmanifest', 'application/manifest+json; charset=utf-8'],
  ['.txt', 'text/plain; charset=utf-8'],
  ['.svg', 'image/svg+xml; charset=utf-8'],
  ['.wasm', 'application/wasm'],
  ['.png', 'image/png'],
  ['.jpg', 'image/jpeg'],
  ['.webp', 'image/webp'],
  ['.ico', 'image/x-icon'],
  ['.woff2', 'font/woff2'],
  ['.mp3', 'audio/mpeg'],
  ['.ogg', 'audio/ogg'],
])

/**
 * The built page. Every file is read once into a map from address to file, and only what stands
 * in the map is served: no address, however it is spelled, leads out of the folder.
 */
export class Page {
  readonly #folder: string
  #files: ReadonlyMap<string, PageFile> = new Map()
  #builtAt = -1
  /** Of the whole build, so that a rebuilt page does not keep the old one's compressed forms. */
  #compressed = new Map<string, Promise<Buffer>>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** @param path starts with a slash and is decoded already */
  async find(path: string): Promise<PageFile | undefined> {
    const wanted = path === '/' ? '/index.html' : path
    if (STARTS.has(wanted)) await this.#refresh()
    else if (this.#builtAt < 0) await this.#refresh()
    return this.#files.get(wanted)
  }

  get built(): boolean {
    return this.#files.has('/index.html')
  }

  compress(file: PageFile, encoding: Encoding): Promise<Buffer> {
    const name = `${encoding} ${file.etag}`
    let compressed = this.#compressed.get(name)
    if (compressed === undefined) {
      compressed = encoding === 'br' ? brotliOf(file.body) : deflate(file.body)
      this.#compressed.set(name, compressed)
    }
    return compressed
  }

  /** A build replaces index.html last of all, and its time tells. */
  async #refresh(): Promise<void> {
    const builtAt = await stat(join(this.#folder, 'index.html')).then(
      (index) => index.mtimeMs,
      () => -1,
    )
    if (builtAt === this.#builtAt) return
    const files = builtAt < 0 ? new Map<string, PageFile>() : await readFiles(this.#folder)
    this.#files = files
    this.#builtAt = builtAt
    this.#compressed = new Map()
  }
}

function brotliOf(body: Buffer): Promise<Buffer> {
  return brotli(body, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } })
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  // Links and other special files are left out: a page is plain files.
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  const files = await Promise.all(
    paths.map(async (path) => {
      const address = `/${relative(folder, path).split(sep).join('/')}`
      return [address, readPageFile(address, await readFile(path))] as const
    }),
  )
  return new Map(files)
}

function readPageFile(address: string, body: Buffer): PageFile {
  const type = TYPES.get(extname(address).toLowerCase()) ?? 'application/octet-stream'
  const digest = createHash('sha256').update(body).digest('base64url')
  return {
    type,
    body,
    etag: `W/"${digest.slice(0, 22)}"`,
    hashed: address.startsWith('/assets/'),
    text:
      body.length >= COMPRESS_MIN_BYTES &&
      (type.includes('charset') || type === 'application/wasm'),
  }
}
