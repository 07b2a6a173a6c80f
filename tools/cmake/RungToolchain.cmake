# Compiler, cache and linker settings that every target shares.

find_program(RUNG_CCACHE ccache)
if(RUNG_CCACHE)
  # Precompiled headers defeat ccache unless it may ignore their time stamps. ccache takes another locale for another
  # compile, so everybody's is the scripts' one.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env LC_ALL=C.UTF-8
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${RUNG_CCACHE})
endif()

find_program(RUNG_MOLD mold)
if(RUNG_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# GCC collects its garbage often by default; on files as heavy with templates as ours the collections cost a tenth of the time.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options("SHELL:--param ggc-min-expand=300" "SHELL:--param ggc-min-heapsize=1048576")
endif()

# -ffp-contract=off keeps score arithmetic free of fused multiply-add, so that every machine computes the same bits.
add_compile_options(-Wall -Wextra -Wno-missing-field-initializers -Wno-maybe-uninitialized -Wno-extra-semi -ffp-contract=off -fno-math-errno)
# Some packages add these; a precompiled header only fits when everybody has them.
add_compile_definitions(_REENTRANT _FILE_OFFSET_BITS=64 SPDLOG_SHARED_LIB SPDLOG_COMPILED_LIB SPDLOG_FMT_EXTERNAL FMT_SHARED)
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")

set(RUNG_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=")
if(RUNG_SANITIZE)
  add_compile_options(-fsanitize=${RUNG_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${RUNG_SANITIZE})
  # Eigen's prefetches want constants that GCC doesn't see as such under -fsanitize=undefined.
  add_compile_definitions(EIGEN_DONT_VECTORIZE)
endif()
