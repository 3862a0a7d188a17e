// Linkage of the core's functions: external in the runtime library, internal in the object form (embedded.cpp), which holds
// its own copy beside other models and perhaps beside the library.
#ifndef INGOT_RUNTIME_CORE_LINKAGE_H
#define INGOT_RUNTIME_CORE_LINKAGE_H

#ifndef INGOT_CORE
#define INGOT_CORE
#endif

#endif // INGOT_RUNTIME_CORE_LINKAGE_H
