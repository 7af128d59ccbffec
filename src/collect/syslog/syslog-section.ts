import { Labels } from '../../model/labels.ts'
import { readPath, type ReadContext } from '../../yaml/context.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { readLabelSet } from '../config/label-set.ts'
import { readGoDurationMs } from '../tail/stages/settings.ts'
import { readListenAddress } from './listen-address.ts'
import { DEFAULT_SYSLOG_SETTINGS, type SyslogSettings, type SyslogTls } from './settings.ts'

const LARGEST_MESSAGE_BYTES = 16 * 1024 * 1024

/** Reads `syslog:` of a scrape job of promtail; undefined when there is none. The rules of the job are not part of it. */
export function readSyslog(node: YamlNode, context: ReadContext): SyslogSettings | undefined {
  const map = node.asMap()
  if (map === undefined) return undefined
  const d = DEFAULT_SYSLOG_SETTINGS
  const place = map.key('listen_address')
  if (place.isEmpty) node.error('listen_address must be set')
  const address = readListenAddress(place)
  const tls = readTls(map.key('tls_config'), context)
  const protocol = map.key('listen_protocol').asOneOf(['tcp', 'udp'] as const) ?? 'tcp'
  const settings: SyslogSettings = {
    ...d,
    ...address,
    protocol,
    idleTimeoutMs: orDefault(readGoDurationMs(map.key('idle_timeout')), d.idleTimeoutMs),
    maxMessageBytes: orDefault(
      map.key('max_message_length').asInteger({ min: 0, max: LARGEST_MESSAGE_BYTES }),
      d.maxMessageBytes,
    ),
    format: map.key('syslog_format').asOneOf(['rfc5424', 'rfc3164'] as const) ?? 'rfc5424',
    labels: Labels.from(readLabelSet(map.key('labels'), 'legacy')),
    labelsStructuredData: map.key('label_structured_data').asBool() ?? false,
    usesIncomingTimestamp: map.key('use_incoming_timestamp').asBool() ?? false,
    keepsHeader: map.key('use_rfc5424_message').asBool() ?? false,
    ...(tls === undefined ? {} : { tls }),
  }
  map.finish()
  return settings
}

/** 0 is promtail's word for the default. */
function orDefault(value: number | undefined, fallback: number): number {
  return value === undefined || value === 0 ? fallback : value
}

function readTls(node: YamlNode, context: ReadContext): SyslogTls | undefined {
  const map = node.asMap()
  if (map === undefined) return undefined
  const certFile = readPath(map.key('cert_file'), context)
  const keyFile = readPath(map.key('key_file'), context)
  const clientCaFile = readPath(map.key('ca_file'), context)
  for (const name of ['server_name', 'insecure_skip_verify', 'min_version', 'max_version']) {
    if (map.key(name).isPresent) map.key(name).warnAtKey('has no effect here')
  }
  map.finish()
  if (certFile === undefined || keyFile === undefined) {
    return node.error('cert_file and key_file must be set')
  }
  return { certFile, keyFile, ...(clientCaFile === undefined ? {} : { clientCaFile }) }
}
