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

/** What a content type or a component shows, sorted out once: every entry that is printed asks for it. */
export interface SerializationPlan {
  /** In the schema's order, media left out: they come last. */
  body: readonly Exclude<Attribute, MediaAttribute>[];
  media: readonly MediaAttribute[];
  scalars: readonly ScalarAttribute[];
  relations: readonly RelationAttribute[];
  components: readonly (ComponentAttribute | DynamicZoneAttribute)[];
  /** Whether it is made of plain values alone. */
  isPlain: boolean;
}

const PLANS = new WeakMap<object, SerializationPlan>();

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
    isPlain: scalars.length === open.length,
  };
  PLANS.set(owner, plan);
  return plan;
}
