import { buildConnector } from 'undici'

/**
 * `host:port` of a target to the one where it really answers from here, as `addresses:` of vedette.yml says. Labels, headers and
 * the name that a certificate must have stay those of the target.
 */
export type Addresses = ReadonlyMap<string, string>

/** What an agent connects with, past the addresses that lie elsewhere. */
export function connectVia(
  addresses: Addresses,
  options: buildConnector.BuildOptions,
): buildConnector.BuildOptions | buildConnector.connector {
  if (addresses.size === 0) return options
  const connect = buildConnector(options)
  return (asked, done) => {
    const port = asked.port === '' ? (asked.protocol === 'https:' ? '443' : '80') : asked.port
    const found = /^(.+):(\d+)$/.exec(
      addresses.get(`${asked.hostname}:${port}`.toLowerCase()) ?? '',
    )
    if (found === null) connect(asked, done)
    else {
      const [, hostname = '', realPort = ''] = found
      const servername = asked.servername ?? asked.hostname
      connect(
        { ...asked, hostname: hostname.replace(/^\[|\]$/g, ''), port: realPort, servername },
        done,
      )
    }
  }
}
