import { allows } from './access/scope.ts'
import { ReceivedLines } from './collect/syslog/received-lines.ts'
import type { ReceivingRules } from './collect/syslog/receiver-source.ts'
import { startSyslogReceiver, type SyslogReceiver } from './collect/syslog/receiver.ts'
import { DEFAULT_SYSLOG_SETTINGS, type SyslogSettings } from './collect/syslog/settings.ts'
import type { CollectCore } from './core.ts'
import { createNetworks } from './http/authenticate-network.ts'
import { checkListen, type Access } from './http/guard.ts'
import type { HostPort } from './http/listen-section.ts'
import { TlsServers } from './http/listener-tls.ts'
import type { OpenDoor } from './http/listener.ts'
import { portProblem } from './http/open-port.ts'
import { DEFAULT_RELABEL, type RelabelConfig } from './ingest/relabel.ts'
import type { LineIngest } from './ingest/lines.ts'
import { Labels } from './model/labels.ts'
import { Problem } from './model/problem.ts'

/** A line of syslog is at most so long as a line that is pushed. */
const MAX_MESSAGE_BYTES = 256 * 1024

/** The listener `syslog`; undefined when it is off. */
export function createSyslog(
  core: CollectCore,
  ingest: Pick<LineIngest, 'push'>,
): OpenDoor | undefined {
  const address = core.config().listen.syslog
  if (address === undefined) return undefined
  const log = core.log.child({ component: 'syslog' })
  const lines = new ReceivedLines((batch) => ingest.push(batch), log)
  const tls = address.tls === undefined ? undefined : new TlsServers(address.tls, log)
  let receiver: SyslogReceiver | undefined
  return {
    listen: async () => {
      const access = core.access()
      const place = { ...address, listener: 'syslog' }
      const fault = checkListen(place, access)
      if (fault !== undefined) throw new Problem('forbidden', fault)
      try {
        receiver = await startSyslogReceiver(settingsOf(address), {
          sink: lines,
          log,
          registry: core.registry,
          maySend: senderCheck(access),
          ...(tls === undefined
            ? {}
            : { createTlsServer: (onSocket) => tls.createPlain({}, onSocket) }),
        })
      } catch (thrown) {
        throw thrown instanceof Problem ? portProblem(place, thrown.cause) : thrown
      }
      return receiver.port
    },
    drain: async (timeoutMs) => {
      await receiver?.stop()
      receiver = undefined
      const lost = await lines.stop(timeoutMs)
      if (lost > 0) log.error('received lines could not be stored before the end', { lines: lost })
    },
    close: async () => {
      tls?.stop()
      await receiver?.stop()
    },
  }
}

/** The same rules for the receivers of promtail files, whose `access.trusted` networks are those of the listener `syslog`. */
export function receivingRules(core: CollectCore): ReceivingRules {
  let known: { readonly access: Access; readonly maySend: ReceivingRules['maySend'] } | undefined
  return {
    refuse: (host, port) => checkListen({ host, port, listener: 'syslog' }, core.access()),
    maySend: (address) => {
      const access = core.access()
      if (known?.access !== access) known = { access, maySend: senderCheck(access) }
      return known.maySend(address)
    },
  }
}

/** Nothing in syslog tells who sends: only the address does. */
function senderCheck(access: Access): (address: string) => boolean {
  const whoIs = createNetworks('syslog', access)
  return (address) => {
    const principal = whoIs({ address, kind: 'direct' })
    return principal !== undefined && allows(principal.scopes, 'logs:write')
  }
}

/** With TLS there is nothing in the clear beside it. */
function settingsOf({ host, port, tls }: HostPort): SyslogSettings {
  return {
    ...DEFAULT_SYSLOG_SETTINGS,
    host,
    port,
    protocol: tls === undefined ? 'both' : 'tcp',
    format: 'auto',
    maxMessageBytes: MAX_MESSAGE_BYTES,
    labels: Labels.from({ job: 'syslog' }),
    relabel: [
      copy('__syslog_connection_ip_address', 'host'),
      copy('__syslog_message_hostname', 'host'),
      copy('__syslog_message_app_name', 'app'),
      copy('__syslog_message_facility', 'facility'),
      copy('__syslog_message_severity', 'severity'),
    ],
    usesIncomingTimestamp: true,
    writesMetadata: true,
  }
}

/** What is not there leaves the label as it is. */
function copy(from: string, to: string): RelabelConfig {
  return { ...DEFAULT_RELABEL, sourceLabels: [from], regex: '(.+)', targetLabel: to }
}
