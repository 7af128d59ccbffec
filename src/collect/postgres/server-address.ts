import type { Secret } from '../../yaml/secret.ts'

/** How a connection is encrypted, by the words of `sslmode`. */
export const TLS_MODES = [
  'disable',
  'allow',
  'prefer',
  'require',
  'verify-ca',
  'verify-full',
] as const

export type TlsMode = (typeof TLS_MODES)[number]

/** Where a PostgreSQL server is and who asks it. */
export interface ServerAddress {
  /** A name, an address, or the folder of a unix socket when it begins with `/`. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: Secret | undefined
  readonly database: string
  readonly tls: TlsMode
  /** Files of certificates, as `sslrootcert`, `sslcert` and `sslkey` name them. */
  readonly caFile: string | undefined
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
  /** `-c name=value` settings for the start of a connection. */
  readonly options: string | undefined
}

/** The label `server` as postgres_exporter writes it: host and port, never who asks. */
export function serverLabel({ host, port }: ServerAddress): string {
  return `${host}:${port}`
}

/** Equal for addresses that are asked in the same way; holds no secret. */
export function addressKey(address: ServerAddress): string {
  return JSON.stringify({ ...address, password: address.password?.digest })
}

/** True when the server runs on this machine, so that its files can be found here. */
export function isLocal({ host }: ServerAddress): boolean {
  return host.startsWith('/') || /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/.test(host)
}
