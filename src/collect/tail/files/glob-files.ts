import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { isPattern, matchesPattern } from '../../../yaml/glob.ts'

/** `**` goes so deep. */
const MAX_DEPTH = 32
/** At most so many alternatives of `{a,b}` in one pattern. */
const MAX_ALTERNATIVES = 256

/** What a pattern names now. */
export interface FoundFiles {
  /** Paths that match, sorted; files of any kind, folders too. */
  readonly files: readonly string[]
  /** Folders that were looked into: where files of the pattern would appear. */
  readonly folders: readonly string[]
  /** True when there are more than were wanted. */
  readonly isCut: boolean
}

/**
 * The files of an absolute pattern of promtail (doublestar): `*`, `?`, `[…]`, `{a,b}`, and `**` for any number of folders; links to
 * folders are not followed by `**`. What cannot be read is left out.
 */
export async function globFiles(pattern: string, maxFiles: number): Promise<FoundFiles> {
  const files = new Set<string>()
  const folders = new Set<string>()
  const room = { left: maxFiles }
  for (const each of expandBraces(pattern)) {
    await walk('/', partsOf(each), 0, { files, folders, room })
  }
  return { files: [...files].sort(), folders: [...folders], isCut: room.left <= 0 }
}

/** Whether an absolute path matches a pattern. */
export function matchesPath(pattern: string, file: string): boolean {
  const names = partsOf(file)
  return expandBraces(pattern).some((each) => matchesParts(partsOf(each), names))
}

/** `/a/{b,c}.log` becomes `/a/b.log` and `/a/c.log`; braces may be nested. */
export function expandBraces(pattern: string): readonly string[] {
  const done: string[] = []
  const open = [pattern]
  while (open.length > 0 && done.length + open.length <= MAX_ALTERNATIVES) {
    const text = open.shift() ?? ''
    const braces = findBraces(text)
    if (braces === undefined) done.push(text)
    else {
      const { start, end, commas } = braces
      const bounds = [start, ...commas, end]
      const head = text.slice(0, start)
      const tail = text.slice(end + 1)
      for (let i = 0; i + 1 < bounds.length; i++) {
        open.push(head + text.slice((bounds[i] ?? 0) + 1, bounds[i + 1]) + tail)
      }
    }
  }
  return done
}

/** The first outermost pair of braces; undefined when there is none. */
function findBraces(
  text: string,
): { readonly start: number; readonly end: number; readonly commas: number[] } | undefined {
  let start = -1
  let depth = 0
  const commas: number[] = []
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (char === '\\') i++
    else if (char === '{') {
      if (depth++ === 0) start = i
    } else if (char === ',' && depth === 1) commas.push(i)
    else if (char === '}' && depth > 0 && --depth === 0) return { start, end: i, commas }
  }
  return undefined
}

function partsOf(text: string): readonly string[] {
  return text.split('/').filter((part) => part !== '')
}

/** Goes over the names once, with all parts of the pattern that the next one may stand for. */
function matchesParts(parts: readonly string[], names: readonly string[]): boolean {
  let open = skipDeep(parts, [0])
  for (const name of names) {
    const next: number[] = []
    for (const p of open) {
      const part = parts[p]
      if (part === '**') next.push(p)
      else if (part !== undefined && matchesPattern(part, name)) next.push(p + 1)
    }
    open = skipDeep(parts, next)
  }
  return open.has(parts.length)
}

/** `**` may stand for nothing. */
function skipDeep(parts: readonly string[], from: readonly number[]): ReadonlySet<number> {
  const open = new Set(from)
  for (const p of open) if (parts[p] === '**') open.add(p + 1)
  return open
}

interface Walk {
  readonly files: Set<string>
  readonly folders: Set<string>
  readonly room: { left: number }
}

async function walk(
  folder: string,
  parts: readonly string[],
  depth: number,
  found: Walk,
): Promise<void> {
  const [part, ...rest] = parts
  if (part === undefined || found.room.left <= 0) return
  const isLast = rest.length === 0
  if (part === '**') {
    await walkDeep(folder, isLast ? ['*'] : rest, depth, found)
    return
  }
  if (!isPattern(part)) {
    const next = path.join(folder, part)
    if (isLast) {
      found.folders.add(folder)
      if (await isThere(next)) add(next, found)
    } else if (await isThere(next)) await walk(next, rest, depth, found)
    // A folder that is not there yet is seen to appear in its parent.
    else found.folders.add(folder)
    return
  }
  for (const entry of await list(folder, found)) {
    if (!matchesPattern(part, entry.name)) continue
    const next = path.join(folder, entry.name)
    if (isLast) add(next, found)
    else if (entry.isDirectory() || entry.isSymbolicLink()) await walk(next, rest, depth, found)
  }
}

async function walkDeep(
  folder: string,
  rest: readonly string[],
  depth: number,
  found: Walk,
): Promise<void> {
  await walk(folder, rest, depth, found)
  if (depth >= MAX_DEPTH) return
  for (const entry of await list(folder, found)) {
    if (entry.isDirectory()) {
      await walkDeep(path.join(folder, entry.name), rest, depth + 1, found)
    }
  }
}

function add(file: string, { files, room }: Walk): void {
  if (files.has(file) || room.left <= 0) return
  files.add(file)
  room.left--
}

async function list(folder: string, { folders }: Walk): Promise<readonly Dirent[]> {
  folders.add(folder)
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch {
    return []
  }
}

async function isThere(file: string): Promise<boolean> {
  try {
    await stat(file)
    return true
  } catch {
    return false
  }
}
