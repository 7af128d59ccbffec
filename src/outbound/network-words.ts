import { isIP } from 'node:net'
import { messageOf } from '../model/problem.ts'

const SYSCALL_REASON: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ETIMEDOUT: 'connection timed out',
  EPIPE: 'broken pipe',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'cannot assign requested address',
}

const UNVERIFIED = 'tls: failed to verify certificate: x509: '

const TLS_REASON: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `${UNVERIFIED}certificate signed by unknown authority`,
  SELF_SIGNED_CERT_IN_CHAIN: `${UNVERIFIED}certificate signed by unknown authority`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `${UNVERIFIED}certificate signed by unknown authority`,
  UNABLE_TO_GET_ISSUER_CERT: `${UNVERIFIED}certificate signed by unknown authority`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `${UNVERIFIED}certificate signed by unknown authority`,
  CERT_HAS_EXPIRED: `${UNVERIFIED}certificate has expired or is not yet valid`,
  CERT_NOT_YET_VALID: `${UNVERIFIED}certificate has expired or is not yet valid`,
  ERR_SSL_WRONG_VERSION_NUMBER: 'http: server gave HTTP response to HTTPS client',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'http: server gave HTTP response to HTTPS client',
}

/** What the server said in a TLS alert, as OpenSSL and as Go put it. */
const ALERTS: readonly (readonly [RegExp, string])[] = [
  [/CERTIFICATE_REQUIRED/, 'certificate required'],
  [/ALERT_UNKNOWN_CA/, 'unknown certificate authority'],
  [/ALERT_BAD_CERTIFICATE/, 'bad certificate'],
  [/ALERT_PROTOCOL_VERSION/, 'protocol version not supported'],
  [/ALERT_HANDSHAKE_FAILURE/, 'handshake failure'],
  [/UNRECOGNIZED_NAME/, 'unrecognized name'],
]

/**
 * Why a connection failed, in the words of Go's net, crypto/tls and net/http: they are what people search for, and what the targets
 * page of Prometheus shows.
 */
export function describeNetworkError(thrown: unknown): string {
  const error = firstAttempt(thrown)
  const code = textOf(error, 'code')
  const tls = TLS_REASON[code]
  if (tls !== undefined) return tls
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return wrongNames(error)
  for (const [alert, words] of ALERTS) if (alert.test(code)) return `remote error: tls: ${words}`
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${textOf(error, 'hostname')}: no such host`
  if (code === 'EAI_AGAIN') {
    return `dial tcp: lookup ${textOf(error, 'hostname')}: Temporary failure in name resolution`
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return 'dial tcp: i/o timeout'
  if (code === 'UND_ERR_SOCKET') return 'EOF'
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return 'net/http: server response headers are too long'
  if (code.startsWith('HPE_') || textOf(error, 'name') === 'HTTPParserError')
    return malformed(error)
  return describeSyscall(error, code) ?? messageOf(error).trim()
}

/** Of the attempts at several addresses of a name, the first. */
function firstAttempt(thrown: unknown): unknown {
  return thrown instanceof AggregateError ? thrown.errors[0] : thrown
}

function describeSyscall(error: unknown, code: string): string | undefined {
  const reason = SYSCALL_REASON[code]
  if (reason === undefined) return undefined
  const syscall = textOf(error, 'syscall')
  if (syscall !== 'connect') return `${syscall} tcp: ${syscall}: ${reason}`
  const host = textOf(error, 'address')
  const address = `${host.includes(':') ? `[${host}]` : host}:${textOf(error, 'port')}`
  return `dial tcp ${address}: connect: ${reason}`
}

function wrongNames(error: unknown): string {
  const host = textOf(error, 'host')
  const isAddress = isIP(host) !== 0
  const kind = isAddress ? 'IP Address:' : 'DNS:'
  const names = textOf(fieldOf(error, 'cert'), 'subjectaltname')
    .split(', ')
    .flatMap((name) => (name.startsWith(kind) ? [name.slice(kind.length)] : []))
  if (names.length > 0)
    return `${UNVERIFIED}certificate is valid for ${names.join(', ')}, not ${host}`
  return isAddress
    ? `${UNVERIFIED}cannot validate certificate for ${host} because it doesn't contain any IP SANs`
    : `${UNVERIFIED}certificate is not valid for any names, but wanted to match ${host}`
}

function malformed(error: unknown): string {
  const data = textOf(error, 'data')
  const shown = data === '' ? '' : ` ${JSON.stringify(data.split('\r\n')[0]?.slice(0, 80))}`
  return `net/http: HTTP/1.x transport connection broken: malformed HTTP response${shown}`
}

function textOf(error: unknown, field: string): string {
  const value = fieldOf(error, field)
  return typeof value === 'string' || typeof value === 'number' || Buffer.isBuffer(value)
    ? String(value)
    : ''
}

function fieldOf(error: unknown, field: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, field) : undefined
}
