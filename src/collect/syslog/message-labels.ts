import {
  facilityName,
  levelOfSeverity,
  severityName,
  type SyslogMessage,
} from '../../formats/syslog/message.ts'
import { compileRelabel, type RelabelConfig, type Relabeler } from '../../ingest/relabel.ts'
import { Labels } from '../../model/labels.ts'
import type { SyslogSettings } from './settings.ts'

const MAX_KNOWN = 10_000
const SEPARATOR = '\uffff'
const ADDRESS = '__syslog_connection_ip_address'
const HOSTNAME = '__syslog_connection_hostname'

/** Actions that look at labels by their names. */
const BY_NAME: ReadonlySet<RelabelConfig['action']> = new Set([
  'labelmap',
  'labeldrop',
  'labelkeep',
] as const)

/** Makes the labels of messages, and remembers them: a message with the same fields gets the same object. */
export class MessageLabels {
  /** The name of a sender is looked up only where a rule wants it. */
  readonly wantsHostname: boolean
  readonly #settings: SyslogSettings
  readonly #relabeler: Relabeler
  /** The `__syslog_…` labels that rules look at; undefined: all. */
  readonly #wanted: ReadonlySet<string> | undefined
  readonly #known = new Map<string, Labels | undefined>()
  readonly #streams = new Map<string, Labels>()

  constructor(settings: SyslogSettings) {
    this.#settings = settings
    this.#relabeler = compileRelabel(settings.relabel)
    const isByName = settings.relabel.some(({ action }) => BY_NAME.has(action))
    this.#wanted = isByName
      ? undefined
      : new Set(settings.relabel.flatMap(({ sourceLabels }) => sourceLabels))
    this.wantsHostname = this.#wants(HOSTNAME)
  }

  /** The stream of a message; undefined when a rule drops it. */
  of(message: SyslogMessage, address: string, hostname: string): Labels | undefined {
    const pairs = this.#pairsOf(message, address, hostname)
    const key = pairs.join(SEPARATOR)
    if (this.#known.has(key)) return this.#known.get(key)
    const made = this.#make(pairs)
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    this.#known.set(key, made)
    return made
  }

  #make(pairs: readonly string[]): Labels | undefined {
    const all: [string, string][] = []
    const { flat } = this.#settings.labels
    for (let i = 0; i < flat.length; i += 2) all.push([flat[i] as string, flat[i + 1] as string])
    for (let i = 0; i < pairs.length; i += 2) all.push([pairs[i] as string, pairs[i + 1] as string])
    const labels = this.#relabeler.apply(Labels.fromPairs(all))
    if (labels === undefined) return undefined
    const hidden = labels.flat.filter((name, at) => at % 2 === 0 && name.startsWith('__'))
    const stream = labels.without(new Set(hidden))
    const known = this.#streams.get(stream.key)
    if (known !== undefined) return known
    if (this.#streams.size >= MAX_KNOWN) this.#streams.clear()
    this.#streams.set(stream.key, stream)
    return stream
  }

  /** Names and values, one after the other. */
  #pairsOf(message: SyslogMessage, address: string, hostname: string): string[] {
    const pairs: string[] = []
    const add = (name: string, value: string): void => {
      if (value !== '' && this.#wants(name)) pairs.push(name, value)
    }
    add(ADDRESS, address)
    add(HOSTNAME, hostname)
    add('__syslog_message_severity', severityName(message.severity))
    add('__syslog_message_facility', facilityName(message.facility))
    add('__syslog_message_hostname', message.hostname)
    add('__syslog_message_app_name', message.appName)
    add('__syslog_message_proc_id', message.procId)
    add('__syslog_message_msg_id', message.msgId)
    if (!this.#settings.labelsStructuredData) return pairs
    for (const { id, params } of message.structuredData) {
      const prefix = `__syslog_message_sd_${id.replaceAll('@', '_')}_`
      for (const [name, value] of params) add(prefix + name, value)
    }
    return pairs
  }

  #wants(name: string): boolean {
    return this.#wanted === undefined || this.#wanted.has(name)
  }
}

/** What of a message is no label: its process, its id, its data and its level. */
export function metadataOf(message: SyslogMessage): Labels {
  const pairs: [string, string][] = [
    ['detected_level', levelOfSeverity(message.severity)],
    ['proc_id', message.procId],
    ['msg_id', message.msgId],
  ]
  for (const { id, params } of message.structuredData) {
    const prefix = `sd_${id}_`
    for (const [name, value] of params) {
      pairs.push([(prefix + name).replace(/[^a-zA-Z0-9_]/g, '_'), value])
    }
  }
  return Labels.fromPairs(pairs)
}
