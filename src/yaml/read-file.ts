import { readFileSync, statSync } from 'node:fs'
import type { YamlNode } from './node.ts'
import { parseYaml, type YamlSource } from './parse.ts'

/** UTF-8 needs at most three bytes for a UTF-16 unit; the parser's own bound is in those. */
const MAX_FILE_BYTES = 24 * 1024 * 1024

export interface YamlFileSource extends Omit<YamlSource, 'file'> {
  /** The name that faults show; by default the path. */
  readonly shownAs?: string
}

/** Reads and parses one file; undefined, with the reason in `source.faults`, when that cannot be done. */
export function readYamlFile(path: string, source: YamlFileSource): YamlNode | undefined {
  const file = source.shownAs ?? path
  const text = readText(path, (message) =>
    source.faults.add({ file, line: 0, col: 0, message, severity: 'error' }),
  )
  return text === undefined ? undefined : parseYaml(text, { ...source, file })
}

function readText(path: string, fail: (message: string) => void): string | undefined {
  try {
    const { size } = statSync(path)
    if (size > MAX_FILE_BYTES) {
      fail(`the file has ${size} bytes, at most ${MAX_FILE_BYTES} are read`)
      return undefined
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (thrown) {
    fail(reasonOf(thrown))
    return undefined
  }
}

function reasonOf(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EACCES') return 'the file may not be read by this user'
  if (code === 'EISDIR') return 'is a folder, not a file'
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'the file is not valid UTF-8'
  return `cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`
}
