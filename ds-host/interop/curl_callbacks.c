/* Puts back the libcurl callbacks that Debian 12's SyncEvolution client loses.
 *
 * SyncEvolution 2.0.0 hands two C++ lambdas to curl_easy_setopt(), a variadic C
 * function, and what arrives there is NULL. libcurl then falls back to fread()
 * and fwrite() on a pointer that is no FILE*, and the client dies with SIGSEGV at
 * its first POST. The methods behind the lambdas are exported by the program, so
 * this library, loaded with LD_PRELOAD, calls them by name.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* Numbers fixed by libcurl's ABI; its headers are not needed for two of them. */
enum { WRITE_FUNCTION = 20011, READ_FUNCTION = 20012 };

/* A method of CurlTransportAgent: the object comes first. */
typedef size_t (*method)(void *agent, void *buffer, size_t length);

static size_t call(const char *mangled, void *agent, void *buffer, size_t length)
{
    method target = (method)dlsym(RTLD_DEFAULT, mangled);

    if (!target) {
        fprintf(stderr, "curl_callbacks: SyncEvolution has no %s\n", mangled);
        abort();
    }
    return target(agent, buffer, length);
}

static size_t write_data(void *buffer, size_t size, size_t count, void *agent)
{
    return call("_ZN7SyncEvo18CurlTransportAgent9writeDataEPvm", agent, buffer, size * count);
}

static size_t read_data(void *buffer, size_t size, size_t count, void *agent)
{
    return call("_ZN7SyncEvo18CurlTransportAgent8readDataEPvm", agent, buffer, size * count);
}

int curl_easy_setopt(void *handle, int option, ...)
{
    int (*real)(void *, int, ...) = (int (*)(void *, int, ...))dlsym(RTLD_NEXT, "curl_easy_setopt");
    va_list arguments;
    void *value;

    va_start(arguments, option);
    value = va_arg(arguments, void *);
    va_end(arguments);
    if (!value && option == WRITE_FUNCTION)
        value = (void *)write_data;
    if (!value && option == READ_FUNCTION)
        value = (void *)read_data;
    return real(handle, option, value);
}
