import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { messageOf } from '../model/problem.ts'
import { readTextFile } from './read-secret-file.ts'
import type { TlsConfig } from './tls.ts'

/** What `tls.connect` is told. Certificates and keys are PEM. */
export interface TlsSettings {
  readonly rejectUnauthorized: boolean
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly servername?: string
  readonly minVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'
  readonly maxVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'
}

const TLS_VERSION = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
} as const

/** What `tls.connect` is told, from a `tls_config`. Rejects when a file of it cannot be read. */
export async function readTlsSettings(tls: TlsConfig): Promise<TlsSettings> {
  const ca = await readPem('CA cert', tls.caFile, tls.ca)
  const cert = await readPem('client cert', tls.certFile, tls.cert)
  const key = await readPem('client key', tls.keyFile, tls.key?.reveal())
  return {
    rejectUnauthorized: !tls.insecureSkipVerify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(tls.minVersion === undefined ? {} : { minVersion: TLS_VERSION[tls.minVersion] }),
    ...(tls.maxVersion === undefined ? {} : { maxVersion: TLS_VERSION[tls.maxVersion] }),
  }
}

/** Throws when a certificate or key is of no use. */
export function checkTls(settings: TlsSettings): void {
  const { ca, cert, key } = settings
  try {
    // Node takes anything for a CA and only then trusts nobody.
    if (ca !== undefined) void new X509Certificate(ca)
  } catch (thrown) {
    throw new Error(`unable to use specified CA cert: ${messageOf(thrown)}`, { cause: thrown })
  }
  if (cert === undefined || key === undefined) return
  try {
    createSecureContext({ cert, key })
  } catch (thrown) {
    throw new Error(`unable to use specified client cert and key: ${messageOf(thrown)}`, {
      cause: thrown,
    })
  }
}

async function readPem(
  what: string,
  file: string | undefined,
  inline: string | undefined,
): Promise<string | undefined> {
  if (file === undefined) return inline
  return readTextFile(`unable to read ${what} ${file}`, file)
}
