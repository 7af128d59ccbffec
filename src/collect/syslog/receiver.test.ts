import dgram from 'node:dgram'
import net from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { DEFAULT_RELABEL, type RelabelConfig } from '../../ingest/relabel.ts'
import { Labels } from '../../model/labels.ts'
import { silentLog } from '../../self/log.ts'
import { createRegistry } from '../../self/metrics.ts'
import type { ReceivedLineSink } from './line-sink.ts'
import { startSyslogReceiver, type SyslogParts, type SyslogReceiver } from './receiver.ts'
import { DEFAULT_SYSLOG_SETTINGS, type SyslogSettings } from './settings.ts'

const NOW_MS = Date.UTC(2026, 10, 21, 10)
const NOW_NS = BigInt(NOW_MS) * 1_000_000n

const opened: SyslogReceiver[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((receiver) => receiver.stop()))
})

/** Keeps lines as `labels | time after now | line | metadata`. */
class Kept implements ReceivedLineSink {
  readonly rows: string[] = []
  hasRoom = true
  #waiting: (() => void)[] = []
  #watching: (() => void)[] = []

  emit(labels: Labels, timestampNs: bigint, line: Uint8Array, metadata: Labels): void {
    const text = new TextDecoder().decode(line)
    const data = metadata.size === 0 ? '' : ` | ${metadata.toString()}`
    this.rows.push(`${labels.toString()} | ${timestampNs - NOW_NS} | ${text}${data}`)
    for (const look of this.#watching) look()
  }

  room(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  makeRoom(): void {
    this.hasRoom = true
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Resolves to the rows when there are so many. */
  async arrived(count: number): Promise<readonly string[]> {
    if (this.rows.length < count) {
      await new Promise<void>((resolve) => {
        this.#watching.push(() => {
          if (this.rows.length >= count) resolve()
        })
      })
    }
    return this.rows
  }
}

const copy = (from: string, to: string): RelabelConfig => ({
  ...DEFAULT_RELABEL,
  sourceLabels: [`__syslog_${from}`],
  targetLabel: to,
})

async function start(
  settings: Partial<SyslogSettings> = {},
  parts: Partial<SyslogParts> = {},
): Promise<{ sink: Kept; port: number; metric: (name: string) => number }> {
  const sink = new Kept()
  const registry = createRegistry()
  const receiver = await startSyslogReceiver(
    { ...DEFAULT_SYSLOG_SETTINGS, ...settings },
    { sink, registry, log: silentLog(), nowMs: () => NOW_MS, ...parts },
  )
  opened.push(receiver)
  const metric = (name: string): number => {
    const family = registry.families().find((each) => each.name === name)
    return (family?.metrics ?? []).reduce(
      (sum, each) => sum + ('value' in each ? each.value : 0),
      0,
    )
  }
  return { sink, port: receiver.port, metric }
}

async function connect(port: number): Promise<net.Socket> {
  const socket = net.connect({ host: '127.0.0.1', port })
  socket.on('error', () => undefined)
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  return socket
}

const closed = (socket: net.Socket): Promise<void> =>
  new Promise((resolve) => socket.once('close', () => resolve()))

const MESSAGE = '<165>1 2026-11-21T09:59:59.000001Z box app 812 ID47 [a@1 k="v"] hello'

describe('a syslog receiver', () => {
  it('takes messages over TCP, with labels by rules', async () => {
    const { sink, port } = await start({
      labels: Labels.from({ job: 'syslog' }),
      relabel: [
        copy('message_hostname', 'host'),
        copy('message_severity', 'severity'),
        copy('message_facility', 'facility'),
        copy('message_app_name', 'app'),
        copy('message_sd_a_1_k', 'data'),
        copy('connection_ip_address', 'ip'),
      ],
      labelsStructuredData: true,
    })
    const socket = await connect(port)
    socket.write(`${MESSAGE}\n${MESSAGE.length} ${MESSAGE}`)
    const labels =
      '{app="app", data="v", facility="local4", host="box", ip="127.0.0.1", job="syslog", severity="notice"}'
    // Of one time are both; the second keeps its place by a nanosecond.
    expect(await sink.arrived(2)).toEqual([`${labels} | 0 | hello`, `${labels} | 1 | hello`])
    socket.destroy()
  })

  it('can keep the time, the header and the rest of a message', async () => {
    const { sink, port } = await start({
      labels: Labels.from({ job: 'a' }),
      usesIncomingTimestamp: true,
      keepsHeader: true,
      writesMetadata: true,
    })
    const socket = await connect(port)
    socket.end(MESSAGE)
    expect(await sink.arrived(1)).toEqual([
      `{job="a"} | -999999000 | ${MESSAGE} | {detected_level="info", msg_id="ID47", proc_id="812", sd_a_1_k="v"}`,
    ])
  })

  it('takes datagrams, each a message', async () => {
    const { sink, port } = await start({ protocol: 'both', format: 'auto' })
    const socket = dgram.createSocket('udp4')
    for (const text of [
      '<13>1 - - - - - - one\ntwo\n',
      '<13>Nov 21 10:00:00 box app: three',
      'x',
    ]) {
      await new Promise((resolve) => socket.send(text, port, '127.0.0.1', resolve))
    }
    socket.close()
    const rows = (await sink.arrived(3)).map((row) => row.split(' | ')[2])
    expect(new Set(rows)).toEqual(new Set(['one\ntwo', 'three', 'x']))
  })

  it('leaves out what it cannot read, and what rules drop', async () => {
    const drop: RelabelConfig = {
      ...DEFAULT_RELABEL,
      action: 'drop',
      sourceLabels: ['__syslog_message_app_name'],
      regex: 'noisy',
    }
    const { sink, port, metric } = await start({ relabel: [drop] })
    const socket = await connect(port)
    socket.write('garbage\n<13>1 - - noisy - - - x\n<13>1 - - a - - -\n<13>1 - - a - - - kept\n')
    expect(await sink.arrived(1)).toEqual(['{} | 0 | kept'])
    expect(metric('promtail_syslog_target_parsing_errors_total')).toBe(1)
    expect(metric('promtail_syslog_empty_messages_total')).toBe(1)
    expect(metric('promtail_syslog_target_entries_total')).toBe(1)
    socket.destroy()
  })

  it('cuts long messages and holds no more of them', async () => {
    const { sink, port, metric } = await start({ maxMessageBytes: 30 })
    const socket = await connect(port)
    socket.write(`<13>1 - - a - - - ${'x'.repeat(100_000)}\n<13>1 - - a - - - y\n`)
    expect((await sink.arrived(2)).map((row) => row.split(' | ')[2])).toEqual(['x'.repeat(12), 'y'])
    expect(metric('vedette_syslog_cut_messages_total')).toBe(1)
    socket.destroy()
  })

  it('reads no further while there is no room', async () => {
    const { sink, port } = await start()
    const socket = await connect(port)
    sink.hasRoom = false
    socket.write('<13>1 - - a - - - first\n')
    await sink.arrived(1)
    const line = `<13>1 - - a - - - ${'x'.repeat(1000)}\n`
    // More than the network holds, so that a receiver that goes on reading would be seen.
    const isFlushed = socket.write(line.repeat(20_000))
    expect(isFlushed).toBe(false)
    await new Promise((resolve) => setImmediate(resolve))
    expect(sink.rows.length).toBeLessThan(20_000)
    sink.makeRoom()
    await sink.arrived(20_001)
    socket.destroy()
  })

  it('listens only to who may send, and not for ever', async () => {
    const closedDoor = await start({ protocol: 'both' }, { maySend: () => false })
    await closed(await connect(closedDoor.port))
    const idle = await start({ idleTimeoutMs: 20 })
    await closed(await connect(idle.port))
    expect(closedDoor.metric('vedette_syslog_dropped_total')).toBe(1)
  })

  it('says which port it cannot open', async () => {
    const { port } = await start()
    await expect(start({ port })).rejects.toThrow(`cannot receive syslog on 127.0.0.1:${port}`)
  })
})
