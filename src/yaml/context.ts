import path from 'node:path'
import type { YamlMap } from './map.ts'
import type { YamlNode } from './node.ts'
import { locate } from './locate.ts'

/** What readers of sections need beside the nodes. */
export interface ReadContext {
  /** The folder that relative paths start from: that of the file being read. */
  readonly folder: string
  /** False inside a section that is not used yet, so that its parts are checked but not warned about one by one. */
  readonly warnsUnsupported: boolean
}

/** Go's zero value: where Prometheus takes 0 for "not said". */
export function unlessZero(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value
}

/** The same for texts. */
export function unlessEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

/** The path of a file that the configuration names, absolute. */
export function readPath(node: YamlNode, context: ReadContext): string | undefined {
  const written = node.asString()
  return written === undefined || written === '' ? undefined : path.resolve(context.folder, written)
}

/** Like `readPath` for one that is to be read, with a warning when no file is there now (it may appear until it is needed). */
export function readExistingPath(node: YamlNode, context: ReadContext): string | undefined {
  const written = node.asString()
  if (written === undefined || written === '') return undefined
  // A name of a file may hold the characters of a pattern.
  const found = locate(written.replace(/[\\*?[]/g, '\\$&'), context.folder)
  const file = found.files[0]
  if (file !== undefined) return file
  node.warn(`there is no file ${path.resolve(context.folder, written)}`, 'missing-file')
  return path.resolve(context.folder, written)
}

/** Warns that a key is understood and has no effect yet. */
export function warnUnsupported(node: YamlNode, context: ReadContext, effect: string): void {
  if (node.isPresent && context.warnsUnsupported) node.warnAtKey(`not supported yet; ${effect}`)
}

/** Reports the keys beyond the first of those that exclude each other. Keys without content do not count. */
export function atMostOne(map: YamlMap, names: readonly string[]): void {
  const set = names.map((name) => map.key(name)).filter((node) => !node.isEmpty)
  for (const node of set.slice(1)) {
    node.errorAtKey(`excludes ${set[0]?.name}: at most one of ${names.join(', ')} may be set`)
  }
}

/** A URL with scheme and host; reported otherwise. */
export function readUrl(
  node: YamlNode,
  schemes: readonly string[] = ['http', 'https'],
): URL | undefined {
  const text = node.asString()
  if (text === undefined) return undefined
  const shown = JSON.stringify(text.replace(/\/\/[^/@]*@/, '//…@'))
  const url = URL.canParse(text) ? new URL(text) : undefined
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase()
  if (scheme === undefined || !schemes.includes(scheme)) {
    return node.error(
      `must be a URL that starts with ${schemes.map((s) => `${s}://`).join(' or ')}, not ${shown}`,
    )
  }
  if (!url || url.hostname === '') return node.error(`the URL ${shown} has no valid host`)
  return url
}
