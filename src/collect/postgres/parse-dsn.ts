import { userInfo } from 'node:os'
import { Problem } from '../../model/problem.ts'
import { Secret } from '../../yaml/secret.ts'
import { TLS_MODES, type ServerAddress, type TlsMode } from './server-address.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What a connection string says. */
export interface ParsedDsn {
  readonly address: ServerAddress
  /** Names of parameters that have no meaning here. */
  readonly ignored: readonly string[]
}

const DEFAULT_PORT = 5432

/** Parameter of a connection string → the variable that stands in for it, as in libpq. */
const VARIABLES: Readonly<Record<string, string>> = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  dbname: 'PGDATABASE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  options: 'PGOPTIONS',
}

/**
 * Reads a connection string in either notation of libpq: `postgresql://user:password@host:port/database?sslmode=…` or
 * `host=… user=… dbname=…`. What it leaves open is taken from the PG… variables, then from libpq's defaults. Throws a `Problem`
 * that repeats nothing of the text but names of parameters, because passwords stand in it.
 */
export function parseDsn(text: string, env: Environment = {}): ParsedDsn {
  const written = /^postgres(?:ql)?:\/\//.test(text) ? readUri(text) : readPairs(text)
  const read = (name: string): string | undefined => {
    const value = written.get(name) ?? env[VARIABLES[name] ?? '']
    return value === '' ? undefined : value
  }
  const user = read('user') ?? ownName()
  const password = read('password')
  const address: ServerAddress = {
    host: readHost(read('host')),
    port: readPort(read('port')),
    user,
    password: password === undefined ? undefined : new Secret(password),
    database: read('dbname') ?? user,
    tls: readTlsMode(read('sslmode')),
    caFile: read('sslrootcert'),
    certFile: read('sslcert'),
    keyFile: read('sslkey'),
    options: read('options'),
  }
  return { address, ignored: [...written.keys()].filter((name) => VARIABLES[name] === undefined) }
}

/** Several strings in one, separated by commas as in `DATA_SOURCE_NAME`; a comma inside a string is none that begins one. */
export function splitDsns(text: string): string[] {
  return text
    .split(/,(?=\s*(?:postgres(?:ql)?:\/\/|\w+\s*=))/)
    .map((one) => one.trim())
    .filter((one) => one !== '')
}

function ownName(): string {
  try {
    return userInfo().username
  } catch {
    // A user without an entry in the password file, as in some containers.
    return 'postgres'
  }
}

function bad(message: string): Problem {
  return new Problem('bad_data', message)
}

/** `postgresql://[user[:password]@][host][:port][/database][?name=value&…]` */
function readUri(text: string): Map<string, string> {
  const rest = text.replace(/^postgres(?:ql)?:\/\//, '')
  const [, authority = '', database = '', query = ''] =
    /^([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?/.exec(rest) ?? []
  const at = authority.lastIndexOf('@')
  const [user = '', ...password] = authority.slice(0, Math.max(at, 0)).split(':')
  const place = authority.slice(at + 1)
  if (place.includes(',')) throw bad('several hosts in one connection string are not supported')
  const [, bracketed, bare = '', port = ''] =
    /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(place) ?? []
  if (place !== '' && bracketed === undefined && bare === '' && port === '') {
    throw bad('the host and port of the connection string cannot be read')
  }
  const out = new Map<string, string>()
  const put = (name: string, value: string): void => {
    if (value !== '') out.set(name, decode(value))
  }
  put('user', user)
  put('password', password.join(':'))
  put('host', bracketed ?? bare)
  put('port', port)
  put('dbname', database)
  for (const pair of query.split('&')) {
    if (pair === '') continue
    const [name = '', ...value] = pair.split('=')
    put(decode(name), value.join('='))
  }
  return out
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw bad(
      'a % of the connection string does not begin two hexadecimal digits (write %25 for a % itself)',
    )
  }
}

/** `name=value name='quoted value'`, where a backslash escapes. */
function readPairs(text: string): Map<string, string> {
  const out = new Map<string, string>()
  const pair = /\s*([A-Za-z_]\w*)\s*=\s*(?:'((?:[^'\\]|\\[^])*)'|((?:[^\s'\\]|\\[^])*))(?=\s|$)/y
  const end = text.trimEnd().length
  while (pair.lastIndex < end) {
    const found = pair.exec(text)
    if (found === null) {
      throw bad(
        'not a connection string: postgresql://user@host:port/database, or host=… user=… dbname=…',
      )
    }
    const [, name = '', quoted, plain = ''] = found
    out.set(name, (quoted ?? plain).replaceAll(/\\([^])/g, '$1'))
  }
  return out
}

function readHost(host: string | undefined): string {
  if (host?.includes(',') === true) {
    throw bad('several hosts in one connection string are not supported')
  }
  return host ?? 'localhost'
}

function readPort(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT
  const port = Number(text)
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw bad('the port of the connection string must be a number from 1 to 65535')
  }
  return port
}

function readTlsMode(text: string | undefined): TlsMode {
  if (text === undefined) return 'prefer'
  const mode = TLS_MODES.find((one) => one === text)
  if (mode === undefined) throw bad(`sslmode must be one of ${TLS_MODES.join(', ')}`)
  return mode
}
