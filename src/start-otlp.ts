import type { CollectCore } from './core.ts'
import { OtlpLogDecoder } from './formats/otlp/decode-logs.ts'
import type { Listener, OpenDoor } from './http/listener.ts'
import { createOtlpHttpListener, type OtlpDoors } from './http/otlp.ts'
import type { ExportReceiver } from './http/otlp/export-outcome.ts'
import { createOtlpGrpcListener } from './http/otlp/grpc.ts'
import { createLogReceiver } from './http/otlp/receive-logs.ts'
import type { LineIngest } from './ingest/lines.ts'
import type { LogRecordSink } from './model/log-records.ts'
import { Problem } from './model/problem.ts'

/** The receivers of all signals, with the pipelines that stand before the stores. */
type Signals = Pick<OtlpDoors, 'logs' | 'spans' | 'metrics'>

/** The doors of OTLP that are ports of their own. */
export interface OtlpListeners {
  /** Undefined when it is off. */
  createHttp(signals: Signals): Listener | undefined
  createGrpc(signals: Signals): OpenDoor | undefined
}

/** The doors of OTLP, and what makes lines of what comes through them. */
export interface RunningOtlp extends OtlpListeners {
  /** Where log records go behind the pipelines. */
  readonly logs: LogRecordSink
  /** For the Loki API, which has a door for OTLP of its own. */
  readonly receiveLogs: ExportReceiver
}

/** Builds the doors of OTLP; nothing is opened yet. */
export function createOtlp(core: CollectCore, ingest: LineIngest): RunningOtlp {
  const { registry, log } = core
  const receiveLogs = createLogReceiver({
    ingest,
    decoder: new OtlpLogDecoder(),
    settings: () => core.config().logs.otlp,
    nowMs: Date.now,
    registry,
    log,
  })
  return { receiveLogs, logs: ownRecords(core, ingest), ...createOtlpListeners(core) }
}

/** Builds the doors alone. */
export function createOtlpListeners(core: CollectCore): OtlpListeners {
  const { registry, log } = core
  const doorsWith = (signals: Signals): OtlpDoors => ({ ...signals, registry, log })
  return {
    createHttp: (signals) => {
      const address = core.config().listen['otlp-http']
      if (address === undefined) return undefined
      return createOtlpHttpListener(doorsWith(signals), { address, access: core.access() })
    },
    createGrpc: (signals) => {
      const address = core.config().listen['otlp-grpc']
      if (address === undefined) return undefined
      return createOtlpGrpcListener(doorsWith(signals), { address, access: core.access() })
    },
  }
}

/** The store of log records: lines by Loki's rules. */
function ownRecords(core: CollectCore, lines: LineIngest): LogRecordSink {
  const decoder = new OtlpLogDecoder()
  return {
    append: async (batch) => {
      const records = batch.timesNs.length
      const nowNs = BigInt(Date.now()) * 1_000_000n
      const outcome = await lines.push(decoder.records(batch, nowNs, core.config().logs.otlp))
      if (outcome.kind === 'limited') throw new Problem('unavailable', outcome.message)
      if (outcome.kind === 'empty') return { accepted: records, rejected: 0, message: '' }
      const message = outcome.kind === 'invalid' ? outcome.message : ''
      return { accepted: outcome.lines, rejected: records - outcome.lines, message }
    },
  }
}
