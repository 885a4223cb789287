export * from '../type-helpers.ts';

/** Checks types alone: that the second extends the first. */
export function checkExtends<_Orig, _Copy extends _Orig>(): void {}

function hasMember<X extends Record<string, unknown>, Y extends PropertyKey>(
  record: X,
  property: Y,
): record is X & Record<Y, unknown> {
  return property in record;
}

export { hasMember as hasOwnProperty };

export function hasOwnProperties<X extends Record<string, unknown>, Y extends PropertyKey>(
  record: X,
  properties: Y[],
): record is X & Record<Y, unknown> {
  return properties.every((property) => property in record);
}
