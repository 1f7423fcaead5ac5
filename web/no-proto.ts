/**
 * Must be the first module that runs: what peers send is keyed into objects deep inside
 * dependencies, and a topic called `__proto__` must not reach `Object.prototype` (SECURITY.md).
 */
Reflect.deleteProperty(Object.prototype, '__proto__')
