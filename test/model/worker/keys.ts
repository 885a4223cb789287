/** Keys of the encrypted task queue, as they were before a rotation and after it. */
import { createEncryptionCodec } from 'perdure/common';

const spring = new Uint8Array(32).fill(3);
const autumn = new Uint8Array(32).fill(4);

export const springCodec = createEncryptionCodec({ keys: { spring }, currentKeyId: 'spring' });
export const autumnCodec = createEncryptionCodec({ keys: { spring, autumn }, currentKeyId: 'autumn' });
/** Of someone who has a key of that name, and another one. */
export const strangerCodec = createEncryptionCodec({
  keys: { autumn: spring, spring: autumn },
  currentKeyId: 'autumn',
});
