import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import { formatDistinguishedName } from './distinguished-name.ts'
import type { ProbeReport } from './probe-report.ts'

/** What Go has for a time that is not set, in seconds since the epoch: the chain was not verified. */
const NO_TIME_SECONDS = -62_135_596_800

/** Tells what a connection's TLS and certificates are. */
export function reportTls(
  socket: TLSSocket,
  report: ProbeReport,
  options: { readonly hasCipher?: boolean; readonly hasChainExpiry?: boolean } = {},
): void {
  const chain = chainOf(socket)
  const [leaf] = chain
  if (leaf === undefined) return
  const ends = chain.map((each) => Math.floor(Date.parse(each.valid_to) / 1000))
  const earliest = Math.min(...ends)
  report.set('probe_ssl_earliest_cert_expiry', earliest)
  if (options.hasChainExpiry !== false) {
    const seconds = socket.authorized ? earliest : NO_TIME_SECONDS
    report.set('probe_ssl_last_chain_expiry_timestamp_seconds', seconds)
  }
  report.set('probe_tls_version_info', 1, 'version', versionOf(socket))
  if (options.hasCipher === true)
    report.set('probe_tls_cipher_info', 1, 'cipher', socket.getCipher().standardName)
  report.set(
    'probe_ssl_last_chain_info',
    1,
    ...['fingerprint_sha256', leaf.fingerprint256.replaceAll(':', '').toLowerCase()],
    ...['subject', formatDistinguishedName(leaf.subject)],
    ...['issuer', formatDistinguishedName(leaf.issuer)],
    ...['subjectalternative', namesOf(leaf.subjectaltname ?? '')],
    ...['serialnumber', leaf.serialNumber.toLowerCase()],
  )
}

function chainOf(socket: TLSSocket): readonly DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = []
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  while (next?.fingerprint256 !== undefined && !chain.includes(next)) {
    chain.push(next)
    next = next.issuerCertificate
  }
  return chain
}

function versionOf(socket: TLSSocket): string {
  const version = /^TLSv(1(?:\.[0-3])?)$/.exec(socket.getProtocol() ?? '')?.[1]
  if (version === undefined) return 'unknown'
  return `TLS ${version === '1' ? '1.0' : version}`
}

function namesOf(subjectAltName: string): string {
  const found = subjectAltName.matchAll(/(?:^|, )DNS:("(?:[^"\\]|\\.)*"|[^,]*)/g)
  return Array.from(found, ([, name = '']) => name.replace(/^"|"$/g, '')).join(',')
}
