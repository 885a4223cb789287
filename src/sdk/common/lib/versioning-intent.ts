export * from '../versioning-intent.ts';
