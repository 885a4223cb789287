export * from '../continue-as-new.ts';
