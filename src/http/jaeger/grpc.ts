import type grpc from '@grpc/grpc-js'
import { decodeJaegerProtobuf } from '../../formats/jaeger/decode-protobuf.ts'
import { createGrpcListener } from '../grpc-listener.ts'
import type { Access, ListenAddress } from '../guard.ts'
import type { OpenDoor } from '../listener.ts'
import { sendOutcome } from '../otlp/grpc.ts'
import { createForeignReceiver, type SpanDoors } from '../receive-foreign-spans.ts'

const POST_SPANS = '/jaeger.api_v2.CollectorService/PostSpans'

/** The listener of Jaeger's collector service over gRPC (jaeger-idl, api_v2/collector.proto), usually on 14250. */
export function createJaegerGrpcListener(
  doors: SpanDoors,
  options: { readonly address: Omit<ListenAddress, 'listener'>; readonly access: Access },
): OpenDoor {
  const address = { ...options.address, listener: 'jaeger-grpc' }
  const receive = createForeignReceiver(doors, POST_SPANS, decodeJaegerProtobuf)
  const call: grpc.handleUnaryCall<Buffer, Buffer> = ({ request }, answer) => {
    void receive(request).then((outcome) =>
      // `PostSpansResponse` has no fields: nothing can be told of what was refused.
      sendOutcome(outcome.kind === 'taken' ? { kind: 'taken' } : outcome, answer),
    )
  }
  return createGrpcListener({ address, access: options.access, log: doors.log }, [
    { path: POST_SPANS, permission: 'traces:write', handle: { kind: 'unary', call } },
  ])
}
