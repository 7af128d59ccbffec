import type { Core } from './core.ts'
import { OtlpLogDecoder } from './formats/otlp/decode-logs.ts'
import type { Listener, OpenDoor } from './http/listener.ts'
import { createOtlpHttpListener, type OtlpDoors } from './http/otlp.ts'
import type { ExportReceiver } from './http/otlp/export-outcome.ts'
import { createOtlpGrpcListener } from './http/otlp/grpc.ts'
import { createLogReceiver } from './http/otlp/receive-logs.ts'
import type { LineIngest } from './ingest/lines.ts'

/** The receivers of the other parts. */
type OtherSignals = Pick<OtlpDoors, 'spans' | 'metrics'>

/** The doors of OTLP. */
export interface RunningOtlp {
  /** For the Loki API, which has a door for OTLP of its own. */
  readonly receiveLogs: ExportReceiver
  /** Undefined when it is off. */
  createHttp(others: OtherSignals): Listener | undefined
  createGrpc(others: OtherSignals): OpenDoor | undefined
}

/** Builds the doors of OTLP; nothing is opened yet. */
export function createOtlp(core: Core, ingest: LineIngest): RunningOtlp {
  const { registry, log } = core
  const receiveLogs = createLogReceiver({
    ingest,
    decoder: new OtlpLogDecoder(),
    settings: () => core.config().logs.otlp,
    nowMs: Date.now,
    registry,
    log,
  })
  const doorsWith = (others: OtherSignals): OtlpDoors => ({
    ...{ ...others, logs: receiveLogs, registry, log },
  })
  return {
    receiveLogs,
    createHttp: (others) => {
      const address = core.config().listen['otlp-http']
      if (address === undefined) return undefined
      return createOtlpHttpListener(doorsWith(others), { address, access: core.access() })
    },
    createGrpc: (others) => {
      const address = core.config().listen['otlp-grpc']
      if (address === undefined) return undefined
      return createOtlpGrpcListener(doorsWith(others), { address, access: core.access() })
    },
  }
}
