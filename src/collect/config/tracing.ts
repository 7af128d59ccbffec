import type { YamlNode } from '../../yaml/node.ts'
import type { ReadContext } from '../../yaml/context.ts'
import { checkFixedHeaders } from '../../outbound/http-client.ts'
import { TLS_SECTION } from '../../outbound/oauth2.ts'
import { Section, type PlainRecord } from '../../yaml/section.ts'

const TRACING_SECTION = new Section({
  fields: {
    client_type: ['http', 'grpc'],
    endpoint: 'text',
    sampling_fraction: 'number',
    insecure: 'boolean',
    tls_config: TLS_SECTION,
    headers: 'textMap',
    compression: ['gzip'],
    timeout: 'duration',
  },
  required: ['endpoint'],
  check: (_, map) => {
    checkFixedHeaders(map.key('headers'))
  },
})

/** `tracing:`, where Prometheus sends its own spans. Checked and printed; our own spans are stored here. */
export function readTracing(node: YamlNode, context: ReadContext): PlainRecord | undefined {
  if (!node.isEmpty) node.warnAtKey('not supported yet; own spans are not sent elsewhere')
  return TRACING_SECTION.read(node, context)
}
