import { messageOf, Problem } from '../../model/problem.ts'
import type { StoreClient } from '../client.ts'
import { engineCodeOf } from '../engine-code.ts'

/** The tables, deletions and functions that are used are all in this version and later ones. */
const LEAST_VERSION: readonly [major: number, minor: number] = [25, 8]
/** AUTHENTICATION_FAILED, WRONG_PASSWORD, REQUIRED_PASSWORD, UNKNOWN_USER, and an address that is not allowed. */
const REFUSED = new Set(['516', '193', '194', '192', '195'])
/** ACCESS_DENIED and READONLY. */
const FORBIDDEN = new Set(['497', '164'])
const TLS =
  /^(?:DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|CERT_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH|EPROTO$)/
const GRID_FUNCTIONS = `'timeSeriesRateToGrid','timeSeriesIncreaseToGrid','timeSeriesDeltaToGrid','timeSeriesInstantRateToGrid','timeSeriesInstantDeltaToGrid','timeSeriesResetsToGrid','timeSeriesLastToGrid'`
const GRID_FUNCTION_COUNT = 7

export interface CheckedServer {
  readonly version: string
  /** Whether large range functions can be computed by it. */
  readonly evaluates: boolean
}

/** What is asked for, to be said in messages; `url` without credentials. */
export interface AskedServer {
  readonly url: string
  readonly username: string | undefined
}

/** Nobody answers, so trying again may help. Everything else is for a person to put right. */
export class ServerAway extends Problem {
  constructor(message: string, options: { readonly cause: unknown }) {
    super('unavailable', message, options)
  }
}

/**
 * Finds out whether what answers is a ClickHouse that data can be kept in. Changes nothing. Rejects with a `ServerAway` when nobody
 * answers, and with a `Problem` that says what to do when something else is wrong.
 */
export async function checkServer(client: StoreClient, asked: AskedServer): Promise<CheckedServer> {
  const [row] = await client
    .rows(
      `SELECT version() AS version, (SELECT value FROM system.settings WHERE name = 'readonly') AS readonly,
         (SELECT uniqExact(name) FROM system.functions WHERE name IN (${GRID_FUNCTIONS})) AS grids`,
    )
    .catch((thrown: unknown) => {
      throw explainStoreFault(thrown, asked)
    })
  const version = typeof row?.['version'] === 'string' ? row['version'] : ''
  const readonly = typeof row?.['readonly'] === 'string' ? row['readonly'] : '0'
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (!/^\d+\.\d+/.test(version)) throw notClickhouse(asked.url)
  const [leastMajor, leastMinor] = LEAST_VERSION
  if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
    throw new Problem(
      'bad_data',
      `the ClickHouse at ${asked.url} has version ${version}, which is too old: ${leastMajor}.${leastMinor} or later is needed`,
    )
  }
  if (readonly !== '0') {
    throw new Problem(
      'bad_data',
      `${userOf(asked)} may only read from the ClickHouse at ${asked.url} (its profile has readonly = ${readonly}): nothing could be stored. Give it a profile without readonly, or name another user in clickhouse.username`,
    )
  }
  return { version, evaluates: Number(row?.['grids']) === GRID_FUNCTION_COUNT }
}

/** What is wrong, where, and what to do about it, for what a client rejected with while a store was opened. */
export function explainStoreFault(thrown: unknown, asked: AskedServer): Problem {
  const { url } = asked
  const text = messageOf(thrown)
  const cause: unknown = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (TLS.test(code)) {
    return new Problem(
      'bad_data',
      `TLS with the ClickHouse at ${url} fails (${messageOf(cause)}): name the certificate of its authority in clickhouse.ca_file, use the name that its certificate is for, and https:// only for a port that speaks TLS (8443, not 8123)`,
      { cause },
    )
  }
  const engineCode = engineCodeOf(thrown)
  if (REFUSED.has(engineCode)) {
    return new Problem(
      'bad_data',
      `the ClickHouse at ${url} refuses ${userOf(asked)}: check clickhouse.username and clickhouse.password (${firstLine(text)})`,
      { cause },
    )
  }
  if (FORBIDDEN.has(engineCode)) {
    return new Problem(
      'bad_data',
      `${userOf(asked)} may not do what is needed in the ClickHouse at ${url}: GRANT ALL ON vedette.* TO it, and SELECT on system.* (${firstLine(text)})`,
      { cause },
    )
  }
  if (thrown instanceof Problem && text.startsWith('the store cannot be reached')) {
    return new ServerAway(`the ClickHouse at ${url} cannot be reached (${messageOf(cause)})`, {
      cause,
    })
  }
  if (/port 8123|port 9000|JSON|<html|<!doctype|Not Found|HTTP/i.test(text) && engineCode === '') {
    return notClickhouse(url, firstLine(text))
  }
  return thrown instanceof Problem ? thrown : new Problem('internal', text, { cause })
}

function notClickhouse(url: string, told = ''): Problem {
  const shown = told === '' ? '' : ` (${told})`
  return new Problem(
    'bad_data',
    `what answers at ${url} is not the HTTP interface of a ClickHouse${shown}: that is port 8123, or 8443 with TLS, unless its configuration says otherwise`,
  )
}

function userOf({ username }: AskedServer): string {
  return username === undefined ? 'the user default' : `the user ${username}`
}

function firstLine(text: string): string {
  const line = text.split('\n')[0] ?? ''
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}
