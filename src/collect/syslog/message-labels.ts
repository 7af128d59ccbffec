import {
  facilityName,
  levelOfSeverity,
  severityName,
  type SyslogMessage,
} from '../../formats/syslog/message.ts'
import { Labels } from '../../model/labels.ts'
import type { SyslogSettings } from './settings.ts'
import { StreamRules } from './stream-rules.ts'

const HOSTNAME = '__syslog_connection_hostname'

/** Makes the labels of messages. */
export class MessageLabels {
  /** The name of a sender is looked up only where a rule wants it. */
  readonly wantsHostname: boolean
  readonly #rules: StreamRules
  readonly #labelsData: boolean

  constructor({ labels, relabel, labelsStructuredData }: SyslogSettings) {
    this.#rules = new StreamRules(labels, relabel)
    this.#labelsData = labelsStructuredData
    this.wantsHostname = this.#rules.wants(HOSTNAME)
  }

  /** The stream of a message; undefined when a rule drops it. */
  of(message: SyslogMessage, address: string, hostname: string): Labels | undefined {
    const pairs: string[] = []
    const add = (name: string, value: string): void => {
      if (value !== '' && this.#rules.wants(name)) pairs.push(name, value)
    }
    add('__syslog_connection_ip_address', address)
    add(HOSTNAME, hostname)
    add('__syslog_message_severity', severityName(message.severity))
    add('__syslog_message_facility', facilityName(message.facility))
    add('__syslog_message_hostname', message.hostname)
    add('__syslog_message_app_name', message.appName)
    add('__syslog_message_proc_id', message.procId)
    add('__syslog_message_msg_id', message.msgId)
    if (this.#labelsData) {
      for (const { id, params } of message.structuredData) {
        const prefix = `__syslog_message_sd_${id.replaceAll('@', '_')}_`
        for (const [name, value] of params) add(prefix + name, value)
      }
    }
    return this.#rules.of(pairs)
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
