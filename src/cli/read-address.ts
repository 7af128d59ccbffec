import { UsageError } from './usage-error.ts'

export interface HostPort {
  /** Without brackets. */
  readonly host: string
  readonly port: number
}

/** `127.0.0.1:8080`, `[::1]:8080`. Throws a `UsageError`. */
export function readHostPort(text: string, flag: string): HostPort {
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9_.-]+)):([0-9]{1,5})$/.exec(text)
  const port = Number(found?.[3])
  if (found === null || port > 65_535) {
    throw new UsageError(
      `${flag}: must be HOST:PORT, such as 127.0.0.1:8080, not ${JSON.stringify(text)}`,
    )
  }
  return { host: found[1] ?? found[2] ?? '', port }
}

/** An HTTP URL without what stands behind its path, and without a slash at the end. Throws a `UsageError`. */
export function readHttpUrl(text: string, flag: string, example: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new UsageError(
      `${flag}: must be a URL such as ${example}, not ${JSON.stringify(text.replace(/\/\/[^/]*@/, '//'))}`,
    )
  }
  url.search = ''
  url.hash = ''
  return url.href.replace(/\/+$/, '')
}

/** A server to ask: where it is, without credentials, and the header that its `user:password@` stands for. */
export interface ServerUrl {
  readonly shown: string
  readonly headers: Readonly<Record<string, string>>
}

/** As `readHttpUrl`, for a URL that may hold `user:password@`. Throws a `UsageError`. */
export function readServerUrl(text: string, flag: string, example: string): ServerUrl {
  const url = new URL(readHttpUrl(text, flag, example))
  const { username, password } = url
  url.username = ''
  url.password = ''
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return {
    shown: url.href.replace(/\/+$/, ''),
    headers:
      username === '' ? {} : { authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
  }
}
