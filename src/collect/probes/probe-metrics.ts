/** What is told of a probe: name, help, labels, and the probers that tell it (blackbox_exporter, package prober). */
export interface ProbeMetric {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  readonly probers: readonly string[]
}

const ALL = ['http', 'tcp', 'dns', 'icmp', 'grpc', 'unix'] as const
const BY_NAME = ['http', 'tcp', 'dns', 'icmp', 'grpc'] as const
const STREAM = ['tcp', 'unix'] as const
const TLS = ['http', 'tcp', 'grpc', 'unix'] as const

function metric(
  name: string,
  probers: readonly string[],
  help: string,
  labels: readonly string[] = [],
): ProbeMetric {
  return { name, help, labels, probers }
}

/** All of them, in the order in which they are told. docs/collect/probes.md is checked against it. */
export const PROBE_METRICS: readonly ProbeMetric[] = [
  metric('probe_success', ALL, 'Whether the probe was a success.'),
  metric('probe_duration_seconds', ALL, 'How long the probe took.'),
  metric('probe_timeout_seconds', ALL, 'How long the probe was allowed to take.'),
  metric('probe_dns_lookup_time_seconds', BY_NAME, 'How long the name was looked up.'),
  metric('probe_ip_protocol', BY_NAME, '4 or 6: which kind of address was probed.'),
  metric('probe_ip_addr_hash', BY_NAME, 'A hash of the address: it changes when the address does.'),
  metric(
    'probe_http_duration_seconds',
    ['http'],
    'Duration by phase, summed over all redirects: resolve, connect, tls, processing, transfer.',
    ['phase'],
  ),
  metric('probe_http_status_code', ['http'], 'Status of the last answer; 0 without one.'),
  metric('probe_http_content_length', ['http'], 'Content-Length; -1 where there is none.'),
  metric('probe_http_uncompressed_body_length', ['http'], 'Bytes of the body, uncompressed.'),
  metric('probe_http_redirects', ['http'], 'Redirects that were met.'),
  metric('probe_http_ssl', ['http'], 'Whether the last request went over TLS.'),
  metric('probe_http_version', ['http'], 'HTTP version of the last answer.'),
  metric(
    'probe_http_last_modified_timestamp_seconds',
    ['http'],
    'Last-Modified, as seconds since the epoch.',
  ),
  metric(
    'probe_failed_due_to_regex',
    ['http', ...STREAM],
    'Whether the probe failed because of a regular expression.',
  ),
  metric(
    'probe_failed_due_to_bytes',
    STREAM,
    'Whether the probe failed because of bytes that differ.',
  ),
  metric('probe_expect_info', STREAM, 'What an expression matched, in the labels of the module.'),
  metric(
    'probe_ssl_earliest_cert_expiry',
    TLS,
    'When the first certificate of the chain ends, as seconds since the epoch.',
  ),
  metric(
    'probe_ssl_last_chain_expiry_timestamp_seconds',
    ['http', ...STREAM],
    'When the verified chain ends, as seconds since the epoch.',
  ),
  metric('probe_ssl_last_chain_info', TLS, 'What the certificate of the server says.', [
    'fingerprint_sha256',
    'subject',
    'issuer',
    'subjectalternative',
    'serialnumber',
  ]),
  metric('probe_tls_version_info', TLS, 'The version of TLS.', ['version']),
  metric('probe_tls_cipher_info', ['http'], 'The cipher that was agreed on.', ['cipher']),
  metric(
    'probe_dns_duration_seconds',
    ['dns'],
    'Duration by phase: resolve (of the server), connect, request.',
    ['phase'],
  ),
  metric('probe_dns_query_succeeded', ['dns'], 'Whether the server answered.'),
  metric('probe_dns_answer_rrs', ['dns'], 'Records of the section answer.'),
  metric('probe_dns_authority_rrs', ['dns'], 'Records of the section authority.'),
  metric('probe_dns_additional_rrs', ['dns'], 'Records of the section additional.'),
  metric('probe_dns_serial', ['dns'], 'Serial of the zone; with query_type SOA.'),
  metric('probe_icmp_duration_seconds', ['icmp'], 'Duration by phase: resolve, setup, rtt.', [
    'phase',
  ]),
  metric('probe_icmp_reply_hop_limit', ['icmp'], 'TTL or hop limit of the reply.'),
  metric('probe_grpc_duration_seconds', ['grpc'], 'Duration by phase: resolve, check.', ['phase']),
  metric('probe_grpc_ssl', ['grpc'], 'Whether the check went over TLS.'),
  metric('probe_grpc_status_code', ['grpc'], 'Status code of gRPC.'),
  metric('probe_grpc_healthcheck_response', ['grpc'], 'The state that the service tells.', [
    'serving_status',
  ]),
]
