import { entriesAt, listAt, textAt, textsAt } from './object-fields.ts'
import { emitResources } from './resource-samples.ts'
import { parseMilliQuantity } from './quantity.ts'
import {
  conditions,
  count,
  created,
  deleted,
  described,
  each,
  flag,
  gauge,
  type StateKind,
} from './state-family.ts'

const CORE = { group: '', version: 'v1' } as const
const ROLE = 'node-role.kubernetes.io/'

export const NODES: StateKind = {
  ...CORE,
  resource: 'nodes',
  isNamespaced: false,
  label: 'node',
  families: [
    gauge('kube_node_info', 'What it runs.', (node, emit) => {
      const named = (field: string): string => textAt(node, 'status', 'nodeInfo', field)
      const addresses = listAt(node, 'status', 'addresses')
      const internal = addresses.findLast((one) => textAt(one, 'type') === 'InternalIP')
      emit(
        1,
        ...['kernel_version', named('kernelVersion'), 'os_image', named('osImage')],
        ...['container_runtime_version', named('containerRuntimeVersion')],
        ...['kubelet_version', named('kubeletVersion'), 'kubeproxy_version', 'deprecated'],
        ...['provider_id', textAt(node, 'spec', 'providerID')],
        ...['pod_cidr', textAt(node, 'spec', 'podCIDR'), 'system_uuid', named('systemUUID')],
        ...['internal_ip', textAt(internal, 'address')],
      )
    }),
    created('kube_node_created'),
    deleted('kube_node_deletion_timestamp'),
    ...described('kube_node'),
    gauge('kube_node_role', 'Roles that it has.', (node, emit) => {
      for (const label of Object.keys(textsAt(node, 'metadata', 'labels')))
        if (label.startsWith(ROLE)) emit(1, 'role', label.slice(ROLE.length))
    }),
    each(['kube_node_spec_pod_cidrs', 'Networks of its pods.'], 'pod_cidr', ['spec', 'podCIDRs']),
    flag('kube_node_spec_unschedulable', 'Whether it takes no new pods.', 'spec', 'unschedulable'),
    gauge('kube_node_spec_taint', 'Its taints.', (node, emit) => {
      for (const one of listAt(node, 'spec', 'taints'))
        emit(
          1,
          ...['key', textAt(one, 'key'), 'value', textAt(one, 'value')],
          ...['effect', textAt(one, 'effect')],
        )
    }),
    gauge('kube_node_status_capacity', 'What it has.', (node, emit) =>
      emitResources(node, ['status', 'capacity'], emit),
    ),
    gauge('kube_node_status_allocatable', 'What it has for pods.', (node, emit) =>
      emitResources(node, ['status', 'allocatable'], emit),
    ),
    gauge('kube_node_status_addresses', 'Its addresses.', (node, emit) => {
      for (const one of listAt(node, 'status', 'addresses'))
        emit(1, 'type', textAt(one, 'type'), 'address', textAt(one, 'address'))
    }),
    conditions('kube_node_status_condition', 'Its conditions.'),
  ],
}

export const NAMESPACES: StateKind = {
  ...CORE,
  resource: 'namespaces',
  isNamespaced: false,
  label: 'namespace',
  families: [
    created('kube_namespace_created'),
    ...described('kube_namespace'),
    gauge('kube_namespace_status_phase', 'Whether it is there or ending.', (object, emit) => {
      const phase = textAt(object, 'status', 'phase')
      for (const word of ['Active', 'Terminating']) emit(word === phase ? 1 : 0, 'phase', word)
    }),
    conditions('kube_namespace_status_condition', 'Its conditions.'),
  ],
}

export const RESOURCE_QUOTAS: StateKind = {
  ...CORE,
  resource: 'resourcequotas',
  isNamespaced: true,
  label: 'resourcequota',
  families: [
    created('kube_resourcequota_created'),
    ...described('kube_resourcequota'),
    gauge('kube_resourcequota', 'What may be taken (hard) and what is (used).', (object, emit) => {
      for (const type of ['hard', 'used']) {
        for (const [resource, written] of entriesAt(object, 'status', type)) {
          const value = parseMilliQuantity(written)
          if (value !== undefined) emit(value, 'resource', resource, 'type', type)
        }
      }
    }),
  ],
}

const CONSTRAINTS = ['min', 'max', 'default', 'defaultRequest', 'maxLimitRequestRatio']

export const LIMIT_RANGES: StateKind = {
  ...CORE,
  resource: 'limitranges',
  isNamespaced: true,
  label: 'limitrange',
  families: [
    created('kube_limitrange_created'),
    gauge('kube_limitrange', 'Bounds on what is asked for.', (object, emit) => {
      for (const limit of listAt(object, 'spec', 'limits')) {
        const type = textAt(limit, 'type')
        for (const constraint of CONSTRAINTS) {
          for (const [resource, written] of entriesAt(limit, constraint)) {
            const value = parseMilliQuantity(written)
            if (value !== undefined)
              emit(value, 'resource', resource, 'type', type, 'constraint', constraint)
          }
        }
      }
    }),
  ],
}

export const POD_DISRUPTION_BUDGETS: StateKind = {
  group: 'policy',
  version: 'v1',
  resource: 'poddisruptionbudgets',
  isNamespaced: true,
  label: 'poddisruptionbudget',
  families: [
    created('kube_poddisruptionbudget_created'),
    deleted('kube_poddisruptionbudget_deletion_timestamp'),
    ...described('kube_poddisruptionbudget'),
    count(
      'kube_poddisruptionbudget_status_current_healthy',
      'Pods that are healthy.',
      ...['status', 'currentHealthy'],
    ),
    count(
      'kube_poddisruptionbudget_status_desired_healthy',
      'Pods that should be.',
      ...['status', 'desiredHealthy'],
    ),
    count(
      'kube_poddisruptionbudget_status_pod_disruptions_allowed',
      'Pods that may be taken away now.',
      ...['status', 'disruptionsAllowed'],
    ),
    count(
      'kube_poddisruptionbudget_status_expected_pods',
      'Pods that it counts.',
      ...['status', 'expectedPods'],
    ),
    count(
      'kube_poddisruptionbudget_status_observed_generation',
      'The generation that its controller has seen.',
      ...['status', 'observedGeneration'],
    ),
  ],
}
