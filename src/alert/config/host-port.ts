import type { YamlNode } from '../../yaml/node.ts'
import type { HostPort } from './global.ts'

/** `host:port`, `[::1]:25`; an empty text is as good as nothing. */
export function readHostPort(node: YamlNode): HostPort | undefined {
  const text = node.asString()
  if (text === undefined || text === '') return undefined
  const found = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]+)$/.exec(text)
  const port = found?.[3]
  if (port === undefined) {
    return node.error(
      `must be host:port, such as smtp.example.org:587, not ${JSON.stringify(text)}`,
    )
  }
  return { host: found?.[1] ?? found?.[2] ?? '', port }
}

/** The notation of `readHostPort`. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
