import path from 'node:path'
import type { YamlNode } from '../../yaml/node.ts'
import type { Mount } from './compose-service.ts'
import type { ComposeReader } from './compose-reader.ts'

/** Where the `configs` and `secrets` of a stack lie on the host; undefined: the swarm has them. */
export type NamedFiles = ReadonlyMap<string, string | undefined>

/** `volumes` of a service: what is bound from the host. Named volumes and what is in memory are none. */
export function readMounts(node: YamlNode | undefined, reader: ComposeReader): readonly Mount[] {
  return reader.itemsOf(node).flatMap((each) => readMount(each, reader))
}

function readMount(node: YamlNode, reader: ComposeReader): readonly Mount[] {
  const place = reader.placeOf(node)
  if (node.isMap) {
    const map = node.asMap()
    const at = (name: string): string => reader.replaced(map?.key(name))
    const target = at('target')
    if (at('type') !== 'bind' || target === '') return []
    return [{ source: path.resolve(reader.folder, at('source')), target: plain(target), place }]
  }
  const [source = '', target = ''] = reader.replaced(node).split(':')
  // Anything that is no path is a named volume.
  if (!/^[./~]/.test(source) || !target.startsWith('/')) return []
  const home = reader.env['HOME'] ?? '~'
  const file = path.resolve(reader.folder, source.replace(/^~/, home))
  return [{ source: file, target: plain(target), place }]
}

function plain(target: string): string {
  return target.length > 1 ? target.replace(/\/+$/, '') : target
}

/** `configs` and `secrets` of a service of a stack: files by name, in the folder that is theirs unless `target` says. */
export function readNamedMounts(
  node: YamlNode | undefined,
  usualFolder: string,
  files: NamedFiles,
  reader: ComposeReader,
): readonly Mount[] {
  return reader.itemsOf(node).flatMap((each) => {
    const map = each.isMap ? each.asMap() : undefined
    const name = map === undefined ? reader.replaced(each) : reader.replaced(map.key('source'))
    const target = map === undefined ? '' : reader.replaced(map.key('target'))
    const source = files.get(name)
    if (source === undefined) return []
    const inside = path.posix.resolve(usualFolder, target === '' ? name : target)
    return [{ source, target: inside, place: reader.placeOf(each) }]
  })
}

/** The top level of `configs` or `secrets`. */
export function readNamedFiles(node: YamlNode | undefined, reader: ComposeReader): NamedFiles {
  const files = new Map<string, string | undefined>()
  if (node?.isMap !== true) return files
  for (const each of node.asMap()?.entries() ?? []) {
    const file = each.isMap ? reader.replaced(each.asMap()?.key('file')) : ''
    files.set(each.name, file === '' ? undefined : path.resolve(reader.folder, file))
  }
  return files
}
