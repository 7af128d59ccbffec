import { Labels } from '../../model/labels.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { readLabelSet } from '../config/label-set.ts'
import { readListenAddress } from '../syslog/listen-address.ts'
import type { GelfSettings } from './receiver.ts'

/** promtail's default is every address of the machine. */
const DEFAULT_ADDRESS = { host: '0.0.0.0', port: 12_201 }

/** Reads `gelf:` of a scrape job of promtail; undefined when there is none. The rules of the job are not part of it. */
export function readGelf(node: YamlNode): GelfSettings | undefined {
  if (!node.isPresent) return undefined
  const map = node.asMap()
  const settings: GelfSettings = {
    ...((map && readListenAddress(map.key('listen_address'))) ?? DEFAULT_ADDRESS),
    protocol: 'udp',
    labels: Labels.from(map === undefined ? {} : readLabelSet(map.key('labels'), 'legacy')),
    relabel: [],
    usesIncomingTimestamp: map?.key('use_incoming_timestamp').asBool() ?? false,
  }
  map?.finish()
  return settings
}
