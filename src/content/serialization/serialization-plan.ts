import {
  type Attribute,
  type Component,
  type ComponentAttribute,
  type DynamicZoneAttribute,
  hasComponents,
  isMedia,
  isRelation,
  isScalar,
  type MediaAttribute,
  type RelationAttribute,
  type ScalarAttribute,
} from '../content-type.js';

/** The public attributes of a content type or a component, grouped for serialization. */
export interface SerializationPlan {
  /** All attributes but media, in the schema's order; media are serialized last. */
  body: readonly Exclude<Attribute, MediaAttribute>[];
  media: readonly MediaAttribute[];
  scalars: readonly ScalarAttribute[];
  relations: readonly RelationAttribute[];
  components: readonly (ComponentAttribute | DynamicZoneAttribute)[];
  /** All attributes that are not scalar, in the schema's order. */
  links: readonly Exclude<Attribute, ScalarAttribute>[];
  /** Whether all attributes are scalars. */
  isPlain: boolean;
}

const PLANS = new WeakMap<object, SerializationPlan>();

/**
 * Returns the plan of a content type or a component; computed once and cached, because every serialized entry needs it.
 */
export function getSerializationPlan(owner: Pick<Component, 'attributes'>): SerializationPlan {
  const known = PLANS.get(owner);
  if (known) return known;
  const open = owner.attributes.filter((attribute) => !attribute.private);
  const media = open.filter(isMedia);
  const scalars = open.filter(isScalar);
  const plan: SerializationPlan = {
    body: open.filter((attribute) => !isMedia(attribute)) as SerializationPlan['body'],
    media,
    scalars,
    relations: open.filter(isRelation),
    components: open.filter(hasComponents),
    links: open.filter((attribute) => !isScalar(attribute)) as SerializationPlan['links'],
    isPlain: scalars.length === open.length,
  };
  PLANS.set(owner, plan);
  return plan;
}
