import { containerFamilies } from './container-families.ts'
import {
  hasObjectAt,
  isTrueAt,
  listAt,
  secondsAt,
  shownAt,
  textAt,
  valueAt,
} from './object-fields.ts'
import { parseMilliQuantity, parseWholeQuantity } from './quantity.ts'
import {
  condition,
  conditionSince,
  created,
  deleted,
  described,
  gauge,
  info,
  oneOf,
  owner,
  seconds,
  type StateFamily,
  type StateKind,
} from './state-family.ts'

const REASONS = [
  'Evicted',
  'NodeAffinity',
  'NodeLost',
  'PreemptionByScheduler',
  'SchedulingGated',
  'Shutdown',
  'TerminationByKubelet',
  'UnexpectedAdmissionError',
]

const PHASES = ['Pending', 'Succeeded', 'Failed', 'Unknown', 'Running']
const QOS_CLASSES = ['BestEffort', 'Burstable', 'Guaranteed']

/** Pods: what runs, where, and in which state. */
export const PODS: StateKind = {
  resource: 'pods',
  group: '',
  version: 'v1',
  isNamespaced: true,
  label: 'pod',
  hasUid: true,
  families: [
    podInfo(),
    gauge('kube_pod_ips', 'Addresses of the pod.', (pod, emit) => {
      for (const one of listAt(pod, 'status', 'podIPs')) {
        const ip = textAt(one, 'ip')
        if (ip !== '') emit(1, 'ip', ip, 'ip_family', ip.includes(':') ? '6' : '4')
      }
    }),
    seconds(
      'kube_pod_start_time',
      'When the kubelet took it, in Unix time.',
      'status',
      'startTime',
    ),
    completionTime(),
    owner('kube_pod_owner'),
    ...described('kube_pod'),
    oneOf(['kube_pod_status_phase', 'The phase that it is in.'], 'phase', PHASES, [
      'status',
      'phase',
    ]),
    oneOf(
      ['kube_pod_status_qos_class', 'The quality of service that it has.'],
      'qos_class',
      QOS_CLASSES,
      ['status', 'qosClass'],
    ),
    condition('kube_pod_status_ready', 'Whether it is ready to serve.', 'Ready'),
    condition('kube_pod_status_scheduled', 'Whether it has a node.', 'PodScheduled'),
    statusReason(),
    disruptionReason(),
    conditionSince(
      ['kube_pod_status_scheduled_time', 'Since when it has a node, in Unix time.'],
      'PodScheduled',
    ),
    unschedulable(),
    conditionSince(
      ['kube_pod_status_unscheduled_time', 'Since when no node was found, in Unix time.'],
      'PodScheduled',
      'False',
    ),
    conditionSince(
      ['kube_pod_status_initialized_time', 'Since when it is initialized, in Unix time.'],
      'Initialized',
    ),
    conditionSince(
      ['kube_pod_status_ready_time', 'Since when it is ready, in Unix time.'],
      'Ready',
    ),
    conditionSince(
      ['kube_pod_status_container_ready_time', 'Since when all containers are, in Unix time.'],
      'ContainersReady',
    ),
    ...containerFamilies('kube_pod_container', 'containers', 'containerStatuses'),
    ...containerFamilies('kube_pod_init_container', 'initContainers', 'initContainerStatuses'),
    overhead('kube_pod_overhead_cpu_cores', 'cpu', parseMilliQuantity),
    overhead('kube_pod_overhead_memory_bytes', 'memory', parseWholeQuantity),
    gauge('kube_pod_runtimeclass_name_info', 'The runtime class that it names.', (pod, emit) => {
      const name = textAt(pod, 'spec', 'runtimeClassName')
      if (name !== '') emit(1, 'runtimeclass_name', name)
    }),
    created('kube_pod_created'),
    deleted('kube_pod_deletion_timestamp'),
    info('kube_pod_restart_policy', 'What happens when a container ends.', {
      type: ['spec', 'restartPolicy'],
    }),
    claims('kube_pod_spec_volumes_persistentvolumeclaims_info', 'Claims that it mounts.', () => 1),
    claims(
      'kube_pod_spec_volumes_persistentvolumeclaims_readonly',
      'Whether a claim is mounted read-only.',
      (volume) => (isTrueAt(volume, 'persistentVolumeClaim', 'readOnly') ? 1 : 0),
    ),
    tolerations(),
    resourceClaims(),
    info('kube_pod_service_account', 'The account that it runs with.', {
      service_account: ['spec', 'serviceAccountName'],
    }),
    info('kube_pod_scheduler', 'The scheduler that gives it a node.', {
      name: ['spec', 'schedulerName'],
    }),
  ],
}

function podInfo(): StateFamily {
  return gauge('kube_pod_info', 'Where it runs and what made it.', (pod, emit) => {
    const owners = listAt(pod, 'metadata', 'ownerReferences')
    const maker = owners.find((one) => isTrueAt(one, 'controller'))
    emit(
      1,
      ...['host_ip', textAt(pod, 'status', 'hostIP'), 'pod_ip', textAt(pod, 'status', 'podIP')],
      ...['node', textAt(pod, 'spec', 'nodeName')],
      ...['created_by_kind', textAt(maker, 'kind'), 'created_by_name', textAt(maker, 'name')],
      ...['priority_class', textAt(pod, 'spec', 'priorityClassName')],
      ...['host_network', isTrueAt(pod, 'spec', 'hostNetwork') ? 'true' : 'false'],
    )
  })
}

/** When the last container that ended did so. */
function completionTime(): StateFamily {
  const help = 'When its last container ended, in Unix time.'
  return gauge('kube_pod_completion_time', help, (pod, emit) => {
    let last = 0
    for (const one of listAt(pod, 'status', 'containerStatuses'))
      last = Math.max(last, secondsAt(one, 'state', 'terminated', 'finishedAt') ?? 0)
    if (last > 0) emit(last)
  })
}

/** A reason may stand on the pod, on a condition, or on how a container ended. */
function statusReason(): StateFamily {
  return gauge('kube_pod_status_reason', 'Why it is as it is.', (pod, emit) => {
    const own = textAt(pod, 'status', 'reason')
    const said = new Set([
      own,
      ...listAt(pod, 'status', 'conditions').map((one) => textAt(one, 'reason')),
      ...listAt(pod, 'status', 'containerStatuses').map((one) =>
        textAt(one, 'state', 'terminated', 'reason'),
      ),
    ])
    for (const reason of REASONS) if (said.has(reason)) emit(1, 'reason', reason)
    if (own !== '' && !REASONS.includes(own)) emit(1, 'reason', 'Other')
  })
}

const DISRUPTIONS = new Set([
  ...['PreemptionByScheduler', 'DeletionByTaintManager', 'EvictionByEvictionAPI'],
  ...['DeletionByPodGC', 'TerminationByKubelet'],
])

function disruptionReason(): StateFamily {
  const help = 'Why it is about to be taken away.'
  return gauge('kube_pod_status_disruption_reason', help, (pod, emit) => {
    for (const one of listAt(pod, 'status', 'conditions')) {
      if (textAt(one, 'type') !== 'DisruptionTarget') continue
      const reason = textAt(one, 'reason')
      emit(1, 'reason', DISRUPTIONS.has(reason) ? reason : 'Other')
    }
  })
}

function unschedulable(): StateFamily {
  return gauge('kube_pod_status_unschedulable', '1 while no node is found for it.', (pod, emit) => {
    for (const one of listAt(pod, 'status', 'conditions'))
      if (textAt(one, 'type') === 'PodScheduled' && textAt(one, 'status') === 'False') emit(1)
  })
}

function overhead(
  name: string,
  resource: string,
  parse: (written: unknown) => number | undefined,
): StateFamily {
  return gauge(name, 'What its runtime needs beside its containers.', (pod, emit) => {
    const value = parse(valueAt(pod, ['spec', 'overhead', resource]))
    if (value !== undefined) emit(value)
  })
}

/** A volume of its own is claimed under the name POD-VOLUME. */
function claims(name: string, help: string, value: (volume: unknown) => number): StateFamily {
  return gauge(name, help, (pod, emit) => {
    for (const volume of listAt(pod, 'spec', 'volumes')) {
      const isEphemeral = hasObjectAt(volume, 'ephemeral')
      if (!isEphemeral && !hasObjectAt(volume, 'persistentVolumeClaim')) continue
      const volumeName = textAt(volume, 'name')
      const claim = isEphemeral
        ? `${textAt(pod, 'metadata', 'name')}-${volumeName}`
        : textAt(volume, 'persistentVolumeClaim', 'claimName')
      const kind = isEphemeral ? 'true' : 'false'
      emit(value(volume), 'volume', volumeName, 'persistentvolumeclaim', claim, 'ephemeral', kind)
    }
  })
}

function tolerations(): StateFamily {
  return gauge('kube_pod_tolerations', 'Taints that it tolerates.', (pod, emit) => {
    const seen = new Set<string>()
    for (const one of listAt(pod, 'spec', 'tolerations')) {
      const labels = [
        ...['key', textAt(one, 'key'), 'operator', textAt(one, 'operator')],
        ...['value', textAt(one, 'value'), 'effect', textAt(one, 'effect')],
        ...['toleration_seconds', shownAt(one, 'tolerationSeconds')],
      ]
      const key = JSON.stringify(labels)
      if (seen.has(key)) continue
      seen.add(key)
      emit(1, ...labels)
    }
  })
}

/** Devices that it claims; a claim of a template has the name that its status says. */
function resourceClaims(): StateFamily {
  return gauge('kube_pod_resourceclaim_info', 'Devices that it claims.', (pod, emit) => {
    const statuses = listAt(pod, 'status', 'resourceClaimStatuses')
    for (const claim of listAt(pod, 'spec', 'resourceClaims')) {
      const name = textAt(claim, 'name')
      const template = textAt(claim, 'resourceClaimTemplateName')
      const own = textAt(claim, 'resourceClaimName')
      if (template === '' && own === '') continue
      const status = statuses.find((one) => textAt(one, 'name') === name)
      const resolved = own || textAt(status, 'resourceClaimName')
      emit(
        1,
        ...['claim_name', name, 'resourceclaim_name', resolved],
        ...['resourceclaim_template_name', template],
      )
    }
  })
}
