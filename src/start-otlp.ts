import type { CollectCore } from './core.ts'
import { OtlpLogDecoder } from './formats/otlp/decode-logs.ts'
import type { Listener, OpenDoor } from './http/listener.ts'
import { createOtlpHttpListener, type OtlpDoors } from './http/otlp.ts'
import type { ExportReceiver } from './http/otlp/export-outcome.ts'
import { createOtlpGrpcListener } from './http/otlp/grpc.ts'
import { createLogReceiver } from './http/otlp/receive-logs.ts'
import type { LineIngest } from './ingest/lines.ts'

/** The receivers of all signals, with the pipelines that stand before the stores. */
type Signals = Pick<OtlpDoors, 'logs' | 'spans' | 'metrics'>

/** The doors of OTLP. */
export interface RunningOtlp {
  /** For the Loki API, which has a door for OTLP of its own. */
  readonly receiveLogs: ExportReceiver
  /** Undefined when it is off. */
  createHttp(signals: Signals): Listener | undefined
  createGrpc(signals: Signals): OpenDoor | undefined
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
  const doorsWith = (signals: Signals): OtlpDoors => ({ ...signals, registry, log })
  return {
    receiveLogs,
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
