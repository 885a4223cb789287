/** Type-level assertions: `Expect<Equal<A, B>>` compiles when A and B are the same type, `any` and `never` included. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
export type Expect<T extends true> = T;
export type ExpectNot<T extends false> = T;
export type IsAny<T> = 0 extends 1 & T ? true : false;
export type Extends<A, B> = [A] extends [B] ? true : false;
export declare function value<T>(): T;
