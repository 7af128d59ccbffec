import {
  PLAIN_HTTP_CLIENT,
  readHttpClient,
  type HttpClientConfig,
} from '../../outbound/http-client.ts'
import { readExistingPath, unlessEmpty, type ReadContext } from '../../yaml/context.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { acceptsEncoding } from './accepts-encoding.ts'
import {
  readAddressChoice,
  readPattern,
  readPatterns,
  type AddressChoice,
  type Pattern,
} from './read-pattern.ts'

/** A header that must or must not be there. */
export interface HeaderCondition {
  /** In lower case. */
  readonly header: string
  readonly pattern: Pattern
  readonly allowsMissing: boolean
}

const COMPRESSIONS = ['gzip', 'deflate', 'br', 'identity'] as const

export interface HttpProbe {
  /** Empty: 200 to 299. */
  readonly validStatusCodes: readonly number[]
  /** `HTTP/1.1`, `HTTP/2.0`; empty: any. */
  readonly validHttpVersions: readonly string[]
  readonly choice: AddressChoice
  readonly failIfSsl: boolean
  readonly failIfNotSsl: boolean
  readonly method: string
  /** As written. */
  readonly headers: Readonly<Record<string, string>>
  readonly failIfBodyMatches: readonly Pattern[]
  readonly failIfBodyNotMatches: readonly Pattern[]
  readonly failIfHeaderMatches: readonly HeaderCondition[]
  readonly failIfHeaderNotMatches: readonly HeaderCondition[]
  readonly body: string
  /** Absolute; read for each probe. */
  readonly bodyFile: string | undefined
  /** How the answer must be compressed; undefined: it is taken as it comes. */
  readonly compression: (typeof COMPRESSIONS)[number] | undefined
  /** Most bytes of a body, after decompression. */
  readonly bodySizeLimitBytes: number
  readonly client: HttpClientConfig
}

/** Who probes large files says so; nobody else has this program read them for ever. */
const DEFAULT_BODY_LIMIT_BYTES = 32 * 1024 * 1024

const PLAIN_HTTP_PROBE: HttpProbe = {
  validStatusCodes: [],
  validHttpVersions: [],
  choice: { preferred: 'ip6', hasFallback: true },
  failIfSsl: false,
  failIfNotSsl: false,
  method: 'GET',
  headers: {},
  failIfBodyMatches: [],
  failIfBodyNotMatches: [],
  failIfHeaderMatches: [],
  failIfHeaderNotMatches: [],
  body: '',
  bodyFile: undefined,
  compression: undefined,
  bodySizeLimitBytes: DEFAULT_BODY_LIMIT_BYTES,
  client: PLAIN_HTTP_CLIENT,
}

/**
 * Reads the section `http` of a module (blackbox_exporter, config.HTTPProbe); undefined when it asks for what is not there, which is
 * warned about: the module is left out then, so that its probes fail and say so.
 */
export function readHttpProbe(node: YamlNode, context: ReadContext): HttpProbe | undefined {
  const map = node.asMap()
  if (!map) return PLAIN_HTTP_PROBE
  const isSupported = checkSupported(map)
  const body = map.key('body').asRawString() ?? ''
  const bodyFile = map.key('body_file')
  if (body !== '' && !bodyFile.isEmpty) bodyFile.errorAtKey('excludes body: set one of them')
  const noFollow = map.key('no_follow_redirects').asBool()
  const client = readHttpClient(map, context)
  const compression = readCompression(map)
  const headers = readHeaders(map.key('headers'), compression)
  const probe: HttpProbe = {
    ...readConditions(map),
    choice: readAddressChoice(map),
    method: readMethod(map.key('method')),
    headers,
    body,
    bodyFile: readExistingPath(bodyFile, context),
    compression,
    bodySizeLimitBytes: readBodyLimit(map.key('body_size_limit')),
    client: noFollow === undefined ? client : { ...client, followRedirects: !noFollow },
  }
  map.finish()
  return isSupported ? probe : undefined
}

/** What would make a probe succeed that the original lets fail is not overlooked. */
function checkSupported(map: YamlMap): boolean {
  let isSupported = true
  const miss = (node: YamlNode, message: string): void => {
    node.warnAtKey(`${message}; probes by this module fail`)
    isSupported = false
  }
  for (const name of ['fail_if_body_json_matches_cel', 'fail_if_body_json_not_matches_cel']) {
    const node = map.key(name)
    if (!node.isEmpty)
      miss(node, 'CEL is not evaluated here: use fail_if_body_(not_)matches_regexp')
  }
  const http3 = map.key('enable_http3')
  if (http3.asBool() === true)
    miss(http3, 'HTTP/3 is not spoken here: set it to false to probe with HTTP/2 and 1.1')
  // Who has no proxy resolves names in any case.
  map.key('skip_resolve_phase_with_proxy').asBool()
  return isSupported
}

type Conditions = Omit<
  HttpProbe,
  | 'choice'
  | 'method'
  | 'headers'
  | 'body'
  | 'bodyFile'
  | 'compression'
  | 'bodySizeLimitBytes'
  | 'client'
>

function readConditions(map: YamlMap): Conditions {
  return {
    validStatusCodes: (map.key('valid_status_codes').asList() ?? []).flatMap(
      (item) => item.asInteger({ min: 0, max: 999 }) ?? [],
    ),
    validHttpVersions: (map.key('valid_http_versions').asList() ?? []).flatMap(readVersion),
    failIfSsl: map.key('fail_if_ssl').asBool() ?? false,
    failIfNotSsl: map.key('fail_if_not_ssl').asBool() ?? false,
    failIfBodyMatches: readPatterns(map.key('fail_if_body_matches_regexp')),
    failIfBodyNotMatches: readPatterns(map.key('fail_if_body_not_matches_regexp')),
    failIfHeaderMatches: readHeaderConditions(map.key('fail_if_header_matches')),
    failIfHeaderNotMatches: readHeaderConditions(map.key('fail_if_header_not_matches')),
  }
}

const VERSIONS = ['HTTP/1.0', 'HTTP/1.1', 'HTTP/2.0', 'HTTP/3.0'] as const

/** `HTTP/2` stands in the original's own examples, and never matches there. */
function readVersion(node: YamlNode): readonly string[] {
  const text = node.asString()
  if (text === undefined) return []
  if (text === 'HTTP/2') {
    node.warn('blackbox_exporter never matches HTTP/2; taken for HTTP/2.0, which it writes')
    return ['HTTP/2.0']
  }
  return [node.asOneOf(VERSIONS) ?? text]
}

function readMethod(node: YamlNode): string {
  const method = unlessEmpty(node.asString()) ?? 'GET'
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(method) || /^(?:CONNECT|TRACE)$/i.test(method)) {
    node.error(`${JSON.stringify(method)} is not a method that can be probed with`)
    return 'GET'
  }
  return method
}

function readHeaders(
  node: YamlNode,
  compression: HttpProbe['compression'],
): Readonly<Record<string, string>> {
  const out: [string, string][] = []
  for (const entry of node.asMap()?.entries() ?? []) {
    const value = entry.asString() ?? ''
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(entry.name))
      entry.errorAtKey('not a valid header name')
    else if (/[\r\n\0]/.test(value)) entry.error('must not hold a line break')
    else out.push([entry.name, value])
    const isEncoding = entry.name.toLowerCase() === 'accept-encoding'
    if (isEncoding && compression !== undefined && !acceptsEncoding(value, compression))
      entry.error(`does not accept what compression asks for: ${compression}`)
  }
  return Object.fromEntries(out)
}

function readCompression(map: YamlMap): HttpProbe['compression'] {
  const node = map.key('compression')
  const text = node.asString()?.toLowerCase()
  if (text === undefined || text === '') return undefined
  return COMPRESSIONS.find((each) => each === text) ?? node.asOneOf(COMPRESSIONS)
}

function readBodyLimit(node: YamlNode): number {
  const limit = node.bytes()
  if (limit === undefined || limit === 0) return DEFAULT_BODY_LIMIT_BYTES
  return limit < 0 ? Number.MAX_SAFE_INTEGER : limit
}

function readHeaderConditions(node: YamlNode): readonly HeaderCondition[] {
  const out: HeaderCondition[] = []
  for (const item of node.asList() ?? []) {
    const map = item.asMap()
    if (!map) continue
    const header = (map.key('header').asString() ?? '').toLowerCase()
    if (header === '') item.error('header must be set')
    const place = map.key('regexp')
    if (place.isEmpty || place.asRawString() === '') item.error('regexp must be set')
    const pattern = readPattern(place)
    const allowsMissing = map.key('allow_missing').asBool() ?? false
    map.finish()
    if (pattern !== undefined) out.push({ header, pattern, allowsMissing })
  }
  return out
}
