import type { YamlNode } from '../../yaml/node.ts'

/** Reads an address as Go writes it: `127.0.0.1:1514`, `[::1]:1514`, `:1514` for every address of the machine. */
export function readListenAddress(
  node: YamlNode,
): { readonly host: string; readonly port: number } | undefined {
  const text = node.asString()
  if (text === undefined) return undefined
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9_.-]*)):([0-9]{1,5})$/.exec(text)
  if (found === null || Number(found[3]) > 65_535) {
    return node.error(`must be HOST:PORT, such as 127.0.0.1:1514, not ${JSON.stringify(text)}`)
  }
  const host = found[1] ?? found[2] ?? ''
  return { host: host === '' ? '0.0.0.0' : host, port: Number(found[3]) }
}
