using Microsoft.AspNetCore.Diagnostics;

namespace Sluice.ServiceDefaults.Errors;

/// <summary>
/// In Development the framework puts its exception page, with stack and headers, inside our boundary. A page filter
/// that fails makes it hand the exception on, so that clients see the same answers in every environment.
/// </summary>
internal sealed class NoDeveloperPage : IDeveloperPageExceptionFilter
{
    public Task HandleExceptionAsync(ErrorContext errorContext, Func<ErrorContext, Task> next) =>
        Task.FromException(errorContext.Exception);
}
