import grpc from '@grpc/grpc-js'
import { encodeExportAnswer, encodeRetryStatus } from '../../formats/otlp/encode-answer.ts'
import { createGrpcListener, type GrpcMethod } from '../grpc-listener.ts'
import type { Access, ListenAddress, Permission } from '../guard.ts'
import type { OpenDoor } from '../listener.ts'
import type { OtlpDoors } from '../otlp.ts'
import {
  isRetryable,
  RETRY_AFTER_S,
  type ExportOutcome,
  type ExportReceiver,
  type RefusalReason,
} from './export-outcome.ts'

const SERVICES = '/opentelemetry.proto.collector'

/** The listener of OTLP over gRPC (opentelemetry.io/docs/specs/otlp, "OTLP/gRPC"). Messages are read by our own decoders. */
export function createOtlpGrpcListener(
  doors: OtlpDoors,
  options: { readonly address: Omit<ListenAddress, 'listener'>; readonly access: Access },
): OpenDoor {
  const address = { ...options.address, listener: 'otlp-grpc' }
  return createGrpcListener({ address, access: options.access, log: doors.log }, [
    exportMethod(`${SERVICES}.logs.v1.LogsService/Export`, 'logs:write', doors.logs),
    exportMethod(`${SERVICES}.trace.v1.TraceService/Export`, 'traces:write', doors.spans),
    exportMethod(`${SERVICES}.metrics.v1.MetricsService/Export`, 'metrics:write', doors.metrics),
  ])
}

function exportMethod(path: string, permission: Permission, receive: ExportReceiver): GrpcMethod {
  const call: grpc.handleUnaryCall<Buffer, Buffer> = ({ request }, answer) => {
    // A receiver never rejects.
    void receive(request, 'protobuf').then((outcome) => sendOutcome(outcome, answer))
  }
  return { path, permission, handle: { kind: 'unary', call } }
}

/** The specification's table (opentelemetry.io/docs/specs/otlp, "Failures"). */
const CODES: Readonly<Record<RefusalReason, grpc.status>> = {
  invalid: grpc.status.INVALID_ARGUMENT,
  too_large: grpc.status.RESOURCE_EXHAUSTED,
  unsupported: grpc.status.INVALID_ARGUMENT,
  limited: grpc.status.RESOURCE_EXHAUSTED,
  unavailable: grpc.status.UNAVAILABLE,
  internal: grpc.status.INTERNAL,
}

/** Answers a call that took or refused something. */
export function sendOutcome(outcome: ExportOutcome, answer: grpc.sendUnaryData<Buffer>): void {
  if (outcome.kind === 'taken') {
    answer(null, Buffer.from(encodeExportAnswer(outcome.partial)))
    return
  }
  const { reason, message } = outcome
  const code = CODES[reason]
  const metadata = new grpc.Metadata()
  if (isRetryable(reason)) {
    // Without this detail senders do not come again after RESOURCE_EXHAUSTED.
    const details = encodeRetryStatus(code, message, RETRY_AFTER_S)
    metadata.set('grpc-status-details-bin', Buffer.from(details))
  }
  answer({ code, details: message, metadata })
}
