import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'

/** A file of the web UI with the forms in which it can be sent. */
interface StaticFile {
  readonly file: string
  readonly contentType: string
  /** Content coding → the file that holds it, smallest first. */
  readonly packed: readonly (readonly ['br' | 'gzip', string])[]
  /** Named by its content, so it can be kept for ever. */
  readonly isImmutable: boolean
}

export interface StaticAnswer {
  readonly contentType: string
  readonly coding: 'br' | 'gzip' | undefined
  readonly isImmutable: boolean
  readonly body: Buffer
}

/**
 * The built files of the web UI. What exists is listed once: a path is looked up in that list and never put together with the
 * folder, so no path can lead out of it.
 */
export interface StaticFiles {
  /** The page of every path that is no file, with the nonce of this answer; undefined when the UI has not been built. */
  page(nonce: string): string | undefined
  /** Undefined for a path that is no file. Rejects when the file is gone from the disk. */
  find(urlPath: string, acceptEncoding: string): Promise<StaticAnswer | undefined>
}

/** Stands in index.html for the nonce (vite.config.ts). */
const NONCE_PLACEHOLDER = '__VEDETTE_NONCE__'

/** Stands in index.html for the path below which browsers see it. */
const BASE_PLACEHOLDER = '__VEDETTE_BASE__'

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

/**
 * Lists a folder; one that does not exist has no files. The page names its files and tells its script where it is: below `basePath`
 * (`/monitoring`), or at the top.
 */
export function openStaticFiles(folder: string, basePath = ''): StaticFiles {
  const names = existsSync(folder) ? listNames(folder) : new Set<string>()
  const files = new Map<string, StaticFile>()
  for (const name of names) {
    const contentType = CONTENT_TYPES[path.extname(name)]
    if (contentType === undefined || name === 'index.html') continue
    files.set(`/${name}`, describe(folder, name, contentType, names))
  }
  const template = names.has('index.html')
    ? placeBelow(basePath, readFileSync(path.join(folder, 'index.html'), 'utf8'))
    : undefined
  return {
    page: (nonce) => template?.replaceAll(NONCE_PLACEHOLDER, nonce),
    find: async (urlPath, acceptEncoding) => {
      const found = files.get(urlPath)
      return found === undefined ? undefined : read(found, acceptEncoding)
    },
  }
}

/** Only what a page names itself needs the path: scripts find each other relatively. */
function placeBelow(basePath: string, page: string): string {
  return page
    .replaceAll(/(\s(?:href|src)=")\.?\//g, (_all, start: string) => `${start}${basePath}/`)
    .replace(BASE_PLACEHOLDER, basePath)
}

function listNames(folder: string): Set<string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return new Set(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))),
  )
}

function describe(
  folder: string,
  name: string,
  contentType: string,
  names: ReadonlySet<string>,
): StaticFile {
  const forms = [['br', `${name}.br`] as const, ['gzip', `${name}.gz`] as const]
  return {
    file: path.join(folder, name),
    contentType,
    packed: forms
      .filter(([, packed]) => names.has(packed))
      .map(([coding, packed]) => [coding, path.join(folder, packed)] as const),
    isImmutable: name.startsWith('assets/'),
  }
}

async function read(found: StaticFile, acceptEncoding: string): Promise<StaticAnswer> {
  const accepted = new Set(
    acceptEncoding
      .toLowerCase()
      .split(',')
      .filter((item) => !/;\s*q=0(?:\.0*)?\s*$/.test(item))
      .map((item) => item.replace(/;.*$/, '').trim()),
  )
  const chosen = found.packed.find(([coding]) => accepted.has(coding))
  const { contentType, isImmutable } = found
  const body = await readFile(chosen?.[1] ?? found.file)
  return { contentType, coding: chosen?.[0], isImmutable, body }
}
