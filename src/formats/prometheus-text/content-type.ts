/** The names that `scrape_protocols` and `fallback_scrape_protocol` use. */
export type ScrapeProtocol =
  | 'PrometheusProto'
  | 'PrometheusText0.0.4'
  | 'PrometheusText1.0.0'
  | 'OpenMetricsText0.0.1'
  | 'OpenMetricsText1.0.0'

/** How each is asked for (Prometheus, config.ScrapeProtocolsHeaders). */
const MEDIA_TYPES: Record<ScrapeProtocol, string> = {
  PrometheusProto:
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
  'PrometheusText0.0.4': 'text/plain;version=0.0.4',
  'PrometheusText1.0.0': 'text/plain;version=1.0.0',
  'OpenMetricsText0.0.1': 'application/openmetrics-text;version=0.0.1',
  'OpenMetricsText1.0.0': 'application/openmetrics-text;version=1.0.0',
}

const SCRAPE_PROTOCOLS = Object.keys(MEDIA_TYPES) as readonly ScrapeProtocol[]

/** What is asked for when the configuration says nothing. */
const DEFAULT_SCRAPE_PROTOCOLS: readonly ScrapeProtocol[] = [
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
]

/** How names outside the classic character set are wanted: as they are, or written with classic characters. */
export type EscapingScheme = 'allow-utf-8' | 'underscores' | 'dots' | 'values'

/** The Accept header of a scrape, as Prometheus 3 writes it: the protocols in order of preference, then anything. */
export function acceptHeader(
  protocols: readonly ScrapeProtocol[] = DEFAULT_SCRAPE_PROTOCOLS,
  escaping: EscapingScheme = 'allow-utf-8',
): string {
  let weight = SCRAPE_PROTOCOLS.length + 1
  const values: string[] = []
  for (const protocol of protocols) {
    // Only the newest version of each text format knows the parameter.
    const knowsEscaping = protocol.endsWith('1.0.0')
    const parameter = knowsEscaping ? `;escaping=${escaping}` : ''
    values.push(`${MEDIA_TYPES[protocol]}${parameter};q=0.${weight--}`)
  }
  values.push(`*/*;q=0.${weight}`)
  return values.join(',')
}

export type PageFormat = 'text' | 'openmetrics' | 'protobuf'

/** How a page is to be read, and what is odd about it; or why it cannot be read. */
export type FormatChoice =
  | { readonly format: PageFormat; readonly warning: string }
  | { readonly format: undefined; readonly message: string }

const TYPE_TEXT = /^\s*([!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:\/[!#$%&'*+\-.^_`|~0-9A-Za-z]+)?)\s*(?:;|$)/
const PARAMETER =
  /^\s*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)\s*=\s*(?:"(?:[^"\\]|\\.)*"|[!#$%&'*+\-.^_`|~0-9A-Za-z]+)\s*(?:;|$)/
const MEDIA_TYPE = new Map<string, PageFormat>([
  ['text/plain', 'text'],
  ['application/openmetrics-text', 'openmetrics'],
  ['application/vnd.google.protobuf', 'protobuf'],
])

/**
 * Which format a page has by its Content-Type (Prometheus 3: a target must say it; only where it does not, or says something
 * unknown, the `fallback_scrape_protocol` of its job is taken).
 */
export function choosePageFormat(
  contentType: string,
  fallback: ScrapeProtocol | undefined,
): FormatChoice {
  const mediaType = contentType === '' ? '' : readMediaType(contentType)
  const format = mediaType === undefined ? undefined : MEDIA_TYPE.get(mediaType)
  if (format !== undefined) return { format, warning: '' }
  const what = describe(contentType, mediaType)
  const type = fallback === undefined ? '' : (MEDIA_TYPES[fallback].split(';')[0] as string)
  const fallbackFormat = MEDIA_TYPE.get(type)
  if (fallbackFormat === undefined) {
    return {
      format: undefined,
      message: `${what} and no fallback_scrape_protocol specified for target`,
    }
  }
  return { format: fallbackFormat, warning: `${what}, using fallback_scrape_protocol "${type}"` }
}

function describe(contentType: string, mediaType: string | undefined): string {
  if (contentType === '') return 'non-compliant scrape target sending blank Content-Type'
  const quoted = JSON.stringify(contentType)
  if (mediaType === undefined) return `cannot parse Content-Type ${quoted}`
  return `received unsupported Content-Type ${quoted}`
}

/** The media type in lower case; undefined when the header is malformed (RFC 9110, 8.3.1). */
function readMediaType(contentType: string): string | undefined {
  const found = TYPE_TEXT.exec(contentType)
  if (found === null) return undefined
  const names = new Set<string>()
  let rest = contentType.slice(found[0].length)
  while (rest.trim() !== '') {
    const parameter = PARAMETER.exec(rest)
    const name = parameter?.[1]?.toLowerCase()
    if (parameter === null || name === undefined || names.has(name)) return undefined
    names.add(name)
    rest = rest.slice(parameter[0].length)
  }
  return found[1]?.toLowerCase()
}
