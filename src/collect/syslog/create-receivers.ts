import type { Log } from '../../self/log.ts'
import type { Registry } from '../../self/metrics.ts'
import { startGelfReceiver } from '../gelf/receiver.ts'
import type { TailJob } from '../tail/config/tail-job.ts'
import type { Outbox } from '../tail/outbox.ts'
import type { StageProgram } from '../tail/stages/entry.ts'
import { ReceiverSource, type ReceivingRules } from './receiver-source.ts'
import { startSyslogReceiver } from './receiver.ts'

/** The receivers that a scrape job of promtail asks for; none is open yet. */
export function createReceivers(
  { jobName, relabelConfigs, syslog, gelf }: TailJob,
  program: StageProgram,
  outbox: Outbox,
  deps: { readonly receiving: ReceivingRules; readonly registry: Registry; readonly log: Log },
): ReceiverSource[] {
  const { receiving, registry, log } = deps
  const { maySend } = receiving
  const shared = { job: jobName, rules: receiving, program, outbox, log }
  const sources: ReceiverSource[] = []
  if (syslog !== undefined) {
    const settings = { ...syslog, relabel: relabelConfigs }
    sources.push(
      new ReceiverSource({
        ...shared,
        address: settings,
        open: (sink) => startSyslogReceiver(settings, { sink, log, registry, maySend }),
      }),
    )
  }
  if (gelf !== undefined) {
    const settings = { ...gelf, relabel: relabelConfigs }
    sources.push(
      new ReceiverSource({
        ...shared,
        address: settings,
        open: (sink) => startGelfReceiver(settings, { sink, log, registry, maySend }),
      }),
    )
  }
  return sources
}
