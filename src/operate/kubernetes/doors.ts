/** A listener of the server as its pod and its services have it: the port of the original program. */
export interface Door {
  /** The listener; also what the port is called, of which Kubernetes takes 15 characters. */
  readonly name: string
  readonly port: number
}

/** Every door that is open in a cluster. */
export const DOORS: readonly Door[] = [
  { name: 'ui', port: 3000 },
  { name: 'prometheus', port: 9090 },
  { name: 'alertmanager', port: 9093 },
  { name: 'loki', port: 3100 },
  { name: 'tempo', port: 3200 },
  { name: 'otlp-grpc', port: 4317 },
  { name: 'otlp-http', port: 4318 },
]

/** Doors of OTLP, to which programs send without credentials where the settings allow it. */
export const OTLP_DOORS: readonly string[] = ['otlp-grpc', 'otlp-http']
