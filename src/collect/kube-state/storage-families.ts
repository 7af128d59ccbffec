import { hasObjectAt, listAt, shownAt, textAt, valueAt } from './object-fields.ts'
import { parseWholeQuantity } from './quantity.ts'
import {
  conditions,
  created,
  deleted,
  described,
  each,
  gauge,
  info,
  oneOf,
  owner,
  resourceVersion,
  type StateFamily,
  type StateKind,
} from './state-family.ts'

const CORE = { group: '', version: 'v1' } as const

export const PERSISTENT_VOLUMES: StateKind = {
  ...CORE,
  resource: 'persistentvolumes',
  isNamespaced: false,
  label: 'persistentvolume',
  families: [
    volumeInfo(),
    created('kube_persistentvolume_created'),
    deleted('kube_persistentvolume_deletion_timestamp'),
    ...described('kube_persistentvolume'),
    oneOf(
      ['kube_persistentvolume_status_phase', 'The phase that it is in.'],
      'phase',
      ['Pending', 'Available', 'Bound', 'Released', 'Failed'],
      ['status', 'phase'],
    ),
    gauge('kube_persistentvolume_claim_ref', 'The claim that has it.', (object, emit) => {
      const claim = valueAt(object, ['spec', 'claimRef'])
      if (claim !== undefined)
        emit(1, 'name', textAt(claim, 'name'), 'claim_namespace', textAt(claim, 'namespace'))
    }),
    bytes('kube_persistentvolume_capacity_bytes', 'How much it holds.', ['spec', 'capacity']),
    gauge('kube_persistentvolume_csi_attributes', 'How its driver mounts it.', (object, emit) => {
      if (!hasObjectAt(object, 'spec', 'csi')) return
      const attribute = (name: string): string =>
        textAt(object, 'spec', 'csi', 'volumeAttributes', name)
      emit(1, 'csi_mounter', attribute('mounter'), 'csi_map_options', attribute('mapOptions'))
    }),
    gauge('kube_persistentvolume_volume_mode', 'Files or a block device.', (object, emit) =>
      emit(1, 'volumemode', textAt(object, 'spec', 'volumeMode') || 'Filesystem'),
    ),
    each(['kube_persistentvolume_access_mode', 'How it may be mounted.'], 'access_mode', [
      'spec',
      'accessModes',
    ]),
  ],
}

function bytes(name: string, help: string, path: readonly string[]): StateFamily {
  return gauge(name, help, (object, emit) => {
    const value = parseWholeQuantity(valueAt(object, [...path, 'storage']))
    if (value !== undefined) emit(value)
  })
}

function volumeInfo(): StateFamily {
  return gauge('kube_persistentvolume_info', 'What it is made of.', (object, emit) => {
    const at = (...path: readonly string[]): string => shownAt(object, 'spec', ...path)
    const joined = (...path: readonly string[]): string =>
      listAt(object, 'spec', ...path)
        .filter((item) => typeof item === 'string')
        .join(',')
    const lun = hasObjectAt(object, 'spec', 'iscsi') ? at('iscsi', 'lun') || '0' : ''
    emit(
      1,
      ...['storageclass', at('storageClassName')],
      ...['gce_persistent_disk_name', at('gcePersistentDisk', 'pdName')],
      ...['ebs_volume_id', at('awsElasticBlockStore', 'volumeID')],
      ...['azure_disk_name', at('azureDisk', 'diskName')],
      ...['fc_wwids', joined('fc', 'wwids'), 'fc_lun', at('fc', 'lun')],
      ...['fc_target_wwns', joined('fc', 'targetWWNs')],
      ...['iscsi_target_portal', at('iscsi', 'targetPortal'), 'iscsi_iqn', at('iscsi', 'iqn')],
      ...['iscsi_lun', lun, 'iscsi_initiator_name', at('iscsi', 'initiatorName')],
      ...['nfs_server', at('nfs', 'server'), 'nfs_path', at('nfs', 'path')],
      ...['csi_driver', at('csi', 'driver'), 'csi_volume_handle', at('csi', 'volumeHandle')],
      ...['local_path', at('local', 'path'), 'local_fs', at('local', 'fsType')],
      ...['host_path', at('hostPath', 'path'), 'host_path_type', at('hostPath', 'type')],
      ...['reclaim_policy', at('persistentVolumeReclaimPolicy')],
    )
  })
}

export const PERSISTENT_VOLUME_CLAIMS: StateKind = {
  ...CORE,
  resource: 'persistentvolumeclaims',
  isNamespaced: true,
  label: 'persistentvolumeclaim',
  families: [
    gauge('kube_persistentvolumeclaim_info', 'What it asks for and has.', (object, emit) => {
      const annotation = 'volume.beta.kubernetes.io/storage-class'
      emit(
        1,
        ...[
          'storageclass',
          textAt(object, 'metadata', 'annotations', annotation) ||
            textAt(object, 'spec', 'storageClassName'),
        ],
        ...['volumename', textAt(object, 'spec', 'volumeName')],
        ...['volumemode', textAt(object, 'spec', 'volumeMode')],
      )
    }),
    created('kube_persistentvolumeclaim_created'),
    deleted('kube_persistentvolumeclaim_deletion_timestamp'),
    ...described('kube_persistentvolumeclaim'),
    oneOf(
      ['kube_persistentvolumeclaim_status_phase', 'The phase that it is in.'],
      'phase',
      ['Lost', 'Bound', 'Pending'],
      ['status', 'phase'],
    ),
    bytes('kube_persistentvolumeclaim_resource_requests_storage_bytes', 'How much it asks for.', [
      ...['spec', 'resources', 'requests'],
    ]),
    each(['kube_persistentvolumeclaim_access_mode', 'How it is to be mounted.'], 'access_mode', [
      'spec',
      'accessModes',
    ]),
    conditions('kube_persistentvolumeclaim_status_condition', 'Its conditions.'),
  ],
}

export const STORAGE_CLASSES: StateKind = {
  group: 'storage.k8s.io',
  version: 'v1',
  resource: 'storageclasses',
  isNamespaced: false,
  label: 'storageclass',
  families: [
    gauge('kube_storageclass_info', 'What makes its volumes.', (object, emit) =>
      emit(
        1,
        ...['provisioner', textAt(object, 'provisioner')],
        ...['reclaim_policy', textAt(object, 'reclaimPolicy') || 'Delete'],
        ...['volume_binding_mode', textAt(object, 'volumeBindingMode') || 'Immediate'],
      ),
    ),
    created('kube_storageclass_created'),
    ...described('kube_storageclass'),
  ],
}

export const CONFIG_MAPS: StateKind = {
  ...CORE,
  resource: 'configmaps',
  isNamespaced: true,
  isMetadataOnly: true,
  label: 'configmap',
  families: [
    info('kube_configmap_info', 'A config map; what it holds is not read.', {}),
    created('kube_configmap_created'),
    ...described('kube_configmap'),
    resourceVersion('kube_configmap_metadata_resource_version'),
  ],
}

export const SECRETS: StateKind = {
  ...CORE,
  resource: 'secrets',
  isNamespaced: true,
  isMetadataOnly: true,
  label: 'secret',
  families: [
    info('kube_secret_info', 'A secret; what it holds is not read.', {}),
    created('kube_secret_created'),
    owner('kube_secret_owner'),
    ...described('kube_secret'),
    resourceVersion('kube_secret_metadata_resource_version'),
  ],
}
