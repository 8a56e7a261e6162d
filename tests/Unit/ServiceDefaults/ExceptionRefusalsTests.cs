using Microsoft.EntityFrameworkCore;
using Npgsql;
using Shouldly;
using Sluice.ServiceDefaults.Errors;
using Xunit;

namespace Sluice.Tests.Unit.ServiceDefaults;

public sealed class ExceptionRefusalsTests
{
    [Theory]
    [InlineData(PostgresErrorCodes.AdminShutdown)]
    [InlineData(PostgresErrorCodes.QueryCanceled)]
    [InlineData(PostgresErrorCodes.TooManyConnections)]
    [InlineData(PostgresErrorCodes.ConnectionFailure)]
    [InlineData(PostgresErrorCodes.DeadlockDetected)]
    [InlineData("25P03")]
    public void What_can_succeed_later_is_503(string state)
    {
        var failure = new DbUpdateException("Saving failed.", new PostgresException("Gone.", "FATAL", "FATAL", state));

        ExceptionRefusals.For(failure).StatusCode.ShouldBe(503);
    }

    [Theory]
    [InlineData(PostgresErrorCodes.UndefinedColumn)]
    [InlineData(PostgresErrorCodes.CheckViolation)]
    public void What_cannot_is_500(string state)
    {
        var failure = new PostgresException("Wrong.", "ERROR", "ERROR", state);

        ExceptionRefusals.For(failure).StatusCode.ShouldBe(500);
    }
}
