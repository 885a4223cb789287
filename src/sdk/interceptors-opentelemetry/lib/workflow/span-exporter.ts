export * from '../../workflow/span-exporter.ts';
