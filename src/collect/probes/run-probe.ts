import type { MetricFamily } from '../../model/metric-family.ts'
import type { LookupHost } from './lookup-host.ts'
import { probeDns } from './probe-dns.ts'
import { probeGrpc } from './probe-grpc.ts'
import { probeHttp } from './probe-http.ts'
import { probeIcmp } from './probe-icmp.ts'
import type { ProbeModule } from './probe-module.ts'
import { ProbeReport, secondsSince } from './probe-report.ts'
import { probeTcp, probeUnix } from './probe-tcp.ts'
import type { ProbeEnv } from './prober.ts'

export interface ProbeOrder {
  readonly target: string
  readonly module: ProbeModule
  readonly timeoutMs: number
  /** Who asked has gone. */
  readonly signal: AbortSignal
  readonly lookup: LookupHost
  readonly pingProgram: string
}

export interface ProbeOutcome {
  readonly success: boolean
  readonly families: readonly MetricFamily[]
  /** What happened, in words. */
  readonly notes: readonly string[]
}

/** Probes a target. Never rejects: what goes wrong is a probe that failed. */
export async function runProbe(order: ProbeOrder): Promise<ProbeOutcome> {
  const { target, module, timeoutMs, lookup, pingProgram } = order
  const report = new ProbeReport()
  const startMs = performance.now()
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(), timeoutMs)
  const signal = AbortSignal.any([order.signal, timeout.signal])
  report.set('probe_success', 0)
  let success = false
  try {
    success = await probe(target, module, { report, signal, lookup, pingProgram })
  } catch (thrown) {
    report.note(thrown instanceof Error ? thrown.message : String(thrown))
  } finally {
    clearTimeout(timer)
  }
  report.set('probe_success', success ? 1 : 0)
  report.set('probe_duration_seconds', secondsSince(startMs))
  report.set('probe_timeout_seconds', timeoutMs / 1000)
  return { success, families: report.families(), notes: report.notes }
}

function probe(target: string, module: ProbeModule, env: ProbeEnv): Promise<boolean> {
  switch (module.prober) {
    case 'http':
      return probeHttp(target, module.http, env)
    case 'tcp':
      return probeTcp(target, module.tcp, env)
    case 'unix':
      return probeUnix(target, module.unix, env)
    case 'dns':
      return probeDns(target, module.dns, env)
    case 'icmp':
      return probeIcmp(target, module.icmp, env)
    case 'grpc':
      return probeGrpc(target, module.grpc, env)
    default:
      return module satisfies never
  }
}
