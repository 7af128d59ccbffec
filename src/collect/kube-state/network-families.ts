import { listAt, numberAt, shownAt, textAt, valueAt } from './object-fields.ts'
import {
  created,
  deleted,
  described,
  each,
  gauge,
  info,
  resourceVersion,
  type Emit,
  type StateKind,
} from './state-family.ts'

const CORE = { group: '', version: 'v1', isNamespaced: true } as const
const NETWORKING = { group: 'networking.k8s.io', version: 'v1' } as const

export const SERVICES: StateKind = {
  ...CORE,
  resource: 'services',
  label: 'service',
  hasUid: true,
  families: [
    info('kube_service_info', 'Its addresses.', {
      cluster_ip: ['spec', 'clusterIP'],
      external_name: ['spec', 'externalName'],
      load_balancer_ip: ['spec', 'loadBalancerIP'],
      external_traffic_policy: ['spec', 'externalTrafficPolicy'],
    }),
    created('kube_service_created'),
    deleted('kube_service_deletion_timestamp'),
    ...described('kube_service'),
    info('kube_service_spec_type', 'How it is reached.', { type: ['spec', 'type'] }),
    each(['kube_service_spec_external_ip', 'Addresses outside.'], 'external_ip', [
      'spec',
      'externalIPs',
    ]),
    gauge(
      'kube_service_status_load_balancer_ingress',
      'Where its load balancer answers.',
      (object, emit) => {
        for (const one of listAt(object, 'status', 'loadBalancer', 'ingress'))
          emit(1, 'ip', textAt(one, 'ip'), 'hostname', textAt(one, 'hostname'))
      },
    ),
  ],
}

export const ENDPOINTS: StateKind = {
  ...CORE,
  resource: 'endpoints',
  label: 'endpoint',
  families: [
    info('kube_endpoint_info', 'Endpoints of a service.', {}),
    created('kube_endpoint_created'),
    ...described('kube_endpoint'),
    gauge('kube_endpoint_address', 'Addresses, ready or not.', (object, emit) => {
      for (const subset of listAt(object, 'subsets')) {
        for (const port of listAt(subset, 'ports')) {
          for (const [field, ready] of [
            ['addresses', 'true'],
            ['notReadyAddresses', 'false'],
          ] as const) {
            for (const one of listAt(subset, field))
              emit(1, ...portLabels(port), 'ip', textAt(one, 'ip'), 'ready', ready)
          }
        }
      }
    }),
    gauge('kube_endpoint_ports', 'Their ports.', (object, emit) => {
      for (const subset of listAt(object, 'subsets')) emitPorts(listAt(subset, 'ports'), emit)
    }),
  ],
}

export const ENDPOINT_SLICES: StateKind = {
  group: 'discovery.k8s.io',
  version: 'v1',
  isNamespaced: true,
  resource: 'endpointslices',
  label: 'endpointslice',
  families: [
    info('kube_endpointslice_info', 'A part of the endpoints of a service.', {
      addresstype: ['addressType'],
    }),
    created('kube_endpointslice_created'),
    ...described('kube_endpointslice'),
    gauge('kube_endpointslice_endpoints', 'Addresses and what is behind them.', (slice, emit) => {
      for (const one of listAt(slice, 'endpoints')) {
        const labels = [
          ...['ready', shownAt(one, 'conditions', 'ready')],
          ...['serving', shownAt(one, 'conditions', 'serving')],
          ...['hostname', textAt(one, 'hostname')],
          ...['terminating', shownAt(one, 'conditions', 'terminating')],
          ...['targetref_kind', textAt(one, 'targetRef', 'kind')],
          ...['targetref_name', textAt(one, 'targetRef', 'name')],
          ...['targetref_namespace', textAt(one, 'targetRef', 'namespace')],
          ...['endpoint_nodename', textAt(one, 'nodeName'), 'endpoint_zone', textAt(one, 'zone')],
        ]
        for (const address of listAt(one, 'addresses'))
          if (typeof address === 'string') emit(1, ...labels, 'address', address)
      }
    }),
    gauge('kube_endpointslice_endpoints_hints', 'Zones that it is meant for.', (slice, emit) => {
      for (const one of listAt(slice, 'endpoints')) {
        const [address] = listAt(one, 'addresses')
        if (typeof address !== 'string') continue
        for (const zone of listAt(one, 'hints', 'forZones'))
          emit(1, 'address', address, 'for_zone', textAt(zone, 'name'))
      }
    }),
    gauge('kube_endpointslice_ports', 'Their ports.', (slice, emit) =>
      emitPorts(listAt(slice, 'ports'), emit),
    ),
  ],
}

function emitPorts(ports: readonly unknown[], emit: Emit): void {
  for (const port of ports) emit(1, ...portLabels(port))
}

function portLabels(port: unknown): readonly string[] {
  return [
    ...['port_name', textAt(port, 'name'), 'port_protocol', textAt(port, 'protocol')],
    ...['port_number', shownAt(port, 'port')],
  ]
}

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class'

export const INGRESSES: StateKind = {
  ...NETWORKING,
  isNamespaced: true,
  resource: 'ingresses',
  label: 'ingress',
  families: [
    gauge('kube_ingress_info', 'Which controller serves it.', (object, emit) => {
      const annotated = textAt(object, 'metadata', 'annotations', CLASS_ANNOTATION)
      emit(1, 'ingressclass', annotated || textAt(object, 'spec', 'ingressClassName') || '_default')
    }),
    created('kube_ingress_created'),
    ...described('kube_ingress'),
    resourceVersion('kube_ingress_metadata_resource_version'),
    gauge('kube_ingress_path', 'Paths and what is behind them.', (object, emit) => {
      for (const rule of listAt(object, 'spec', 'rules')) {
        for (const path of listAt(rule, 'http', 'paths')) {
          emit(
            1,
            ...['host', textAt(rule, 'host'), 'path', textAt(path, 'path')],
            ...['path_type', textAt(path, 'pathType'), ...backendLabels(path)],
          )
        }
      }
    }),
    gauge('kube_ingress_tls', 'Hosts and where their certificates are.', (object, emit) => {
      for (const tls of listAt(object, 'spec', 'tls')) {
        for (const host of listAt(tls, 'hosts'))
          if (typeof host === 'string')
            emit(1, 'tls_host', host, 'secret', textAt(tls, 'secretName'))
      }
    }),
  ],
}

function backendLabels(path: unknown): readonly string[] {
  const service = valueAt(path, ['backend', 'service'])
  if (service !== undefined) {
    // A port that is named has no number; it is shown as 0.
    const port = numberAt(service, 'port', 'number') ?? 0
    return ['service_name', textAt(service, 'name'), 'service_port', String(port)]
  }
  const resource = valueAt(path, ['backend', 'resource'])
  return [
    ...['resource_api_group', textAt(resource, 'apiGroup')],
    ...['resource_kind', textAt(resource, 'kind'), 'resource_name', textAt(resource, 'name')],
  ]
}

export const INGRESS_CLASSES: StateKind = {
  ...NETWORKING,
  isNamespaced: false,
  resource: 'ingressclasses',
  label: 'ingressclass',
  families: [
    info('kube_ingressclass_info', 'Its controller.', { controller: ['spec', 'controller'] }),
    created('kube_ingressclass_created'),
    ...described('kube_ingressclass'),
  ],
}

export const NETWORK_POLICIES: StateKind = {
  ...NETWORKING,
  isNamespaced: true,
  resource: 'networkpolicies',
  label: 'networkpolicy',
  families: [
    created('kube_networkpolicy_created'),
    ...described('kube_networkpolicy'),
    gauge('kube_networkpolicy_spec_ingress_rules', 'Rules on what comes in.', (object, emit) =>
      emit(listAt(object, 'spec', 'ingress').length),
    ),
    gauge('kube_networkpolicy_spec_egress_rules', 'Rules on what goes out.', (object, emit) =>
      emit(listAt(object, 'spec', 'egress').length),
    ),
  ],
}
