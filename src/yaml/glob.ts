import { lstatSync, readdirSync } from 'node:fs'
import path from 'node:path'

/** At most so many files of one pattern. */
const MAX_FILES = 10_000

/**
 * The files that an absolute pattern names, sorted: `*`, `?` and `[…]` as in Go's filepath.Glob, in any part of the path; a
 * `*` does not cross a `/`. What cannot be read is left out.
 */
export function findFiles(pattern: string): string[] {
  let found = ['/']
  for (const part of pattern.split('/').filter((text) => text !== '')) {
    const next: string[] = []
    for (const folder of found) {
      if (next.length >= MAX_FILES) break
      if (isPattern(part)) {
        for (const name of listNames(folder)) {
          if (matchesPattern(part, name)) next.push(path.join(folder, name))
        }
      } else if (exists(path.join(folder, part))) next.push(path.join(folder, part))
    }
    found = next
  }
  return found.slice(0, MAX_FILES)
}

/** True when the text has a wildcard. */
export function isPattern(text: string): boolean {
  return /[*?[\\]/.test(text)
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

function exists(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}

/** Whether a name matches one part of a pattern. Linear but for the last `*`, to which it goes back. */
export function matchesPattern(pattern: string, name: string): boolean {
  let p = 0
  let n = 0
  let star = -1
  let starName = 0
  while (n < name.length) {
    const width = p < pattern.length ? matchOne(pattern, p, name[n] as string) : 0
    if (pattern[p] === '*') {
      star = p++
      starName = n
    } else if (width > 0) {
      p += width
      n++
    } else if (star >= 0) {
      p = star + 1
      n = ++starName
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

/** How many characters of the pattern match this one character; 0 when they do not. */
function matchOne(pattern: string, at: number, char: string): number {
  if (pattern[at] === '?') return 1
  if (pattern[at] === '\\') return pattern[at + 1] === char ? 2 : 0
  if (pattern[at] !== '[') return pattern[at] === char ? 1 : 0
  const end = pattern.indexOf(']', at + 2)
  if (end < 0) return 0
  let body = pattern.slice(at + 1, end)
  const isNegated = body.startsWith('^')
  if (isNegated) body = body.slice(1)
  let isIn = false
  for (let i = 0; i < body.length; i++) {
    const from = body[i] as string
    const isRange = body[i + 1] === '-' && i + 2 < body.length
    const to = isRange ? (body[i + 2] as string) : from
    if (isRange) i += 2
    if (char >= from && char <= to) isIn = true
  }
  return isIn !== isNegated ? end + 1 - at : 0
}
