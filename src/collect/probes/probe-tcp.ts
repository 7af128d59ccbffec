import { describeNetworkError } from '../../outbound/network-words.ts'
import { readTlsSettings, type TlsSettings } from '../../outbound/tls-settings.ts'
import type { TlsConfig } from '../../outbound/tls.ts'
import { chooseAddress } from './choose-address.ts'
import { openConnection, openUnixConnection, startTls } from './open-connection.ts'
import type { ProbeEnv } from './prober.ts'
import { splitHostPort } from './split-host-port.ts'
import { talk } from './talk.ts'
import type { StreamProbe, TcpProbe } from './tcp-module.ts'

const REASONS = ['probe_failed_due_to_regex', 'probe_failed_due_to_bytes'] as const

/** Connects to `host:port`, with TLS where the module says so, and holds the conversation of the module. */
export async function probeTcp(target: string, probe: TcpProbe, env: ProbeEnv): Promise<boolean> {
  const { report, signal } = env
  for (const name of REASONS) report.set(name, 0)
  const place = splitHostPort(target)
  if (place?.port === undefined) return report.fail('the target is not host:port')
  const { host, port } = place
  const { address } = await chooseAddress(host, probe.choice, env)
  if (address === undefined) return false
  return failing(env, async () => {
    const settings = await settingsOf(probe.tls)
    const socket = await openConnection({ address, port, sourceIp: probe.sourceIp, signal })
    const over = { settings, serverName: host, signal }
    const current = probe.hasTls ? await startTls(socket, over) : socket
    return talk(current, { ...over, steps: probe.steps, report })
  })
}

/** The same over a socket of this machine, whose path the target is. */
export async function probeUnix(
  target: string,
  probe: StreamProbe,
  env: ProbeEnv,
): Promise<boolean> {
  const { report, signal } = env
  for (const name of REASONS) report.set(name, 0)
  return failing(env, async () => {
    const settings = await settingsOf(probe.tls)
    const socket = await openUnixConnection(target, signal)
    const over = { settings, serverName: 'localhost', signal }
    const current = probe.hasTls ? await startTls(socket, over) : socket
    return talk(current, { ...over, steps: probe.steps, report })
  })
}

async function failing(env: ProbeEnv, probe: () => Promise<boolean>): Promise<boolean> {
  try {
    return await probe()
  } catch (thrown) {
    const { report, signal } = env
    return report.fail(signal.aborted ? 'no answer in time' : describeNetworkError(thrown))
  }
}

/** What TLS is told; undefined: the defaults. Rejects when a certificate cannot be read. */
export async function settingsOf(tls: TlsConfig | undefined): Promise<TlsSettings | undefined> {
  return tls === undefined ? undefined : readTlsSettings(tls)
}
