import { attributes } from './attributes.ts'
import { filter } from './filter.ts'
import { batch, memoryLimiter } from './pass.ts'
import { probabilisticSampler } from './probabilistic-sampler.ts'
import type { ProcessorKind } from './processor.ts'
import { resourceDetection } from './resource-detection.ts'
import { resource } from './resource.ts'
import { tailSampling } from './tail-sampling/tail-sampling.ts'
import { transform } from './transform.ts'

/** The processors that there are. */
export const PROCESSOR_KINDS: readonly ProcessorKind[] = [
  ...[batch, memoryLimiter, resource, attributes, filter, resourceDetection, transform],
  ...[probabilisticSampler, tailSampling],
]
